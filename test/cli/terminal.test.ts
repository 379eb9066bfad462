import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { appContent, BUNDLE, pullImage, registryWith, SRI, type Workplace, workplace } from "./harness.ts";

/** Gives a program a terminal; part of util-linux. */
const SCRIPT = "/usr/bin/script";
const { content, digests } = appContent();
const stale = pullImage({ imageDigest: digests.oldIndex, hash: SRI, finalImageTag: "1.0" });

describe.skipIf(process.platform !== "linux" || !existsSync(SCRIPT))("on a terminal", () => {
  test.each<[answer: string, code: number, written: boolean]>([
    ["y\n", 0, true],
    ["yes\n", 0, true],
    ["n\n", 1, false],
    ["\n", 1, false],
    ["\u0004", 1, false],
    ["\u0003", 130, false],
  ])("update --interactive shows the diff and asks; %j ends with %i", async (answer, code, written) => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": stale });
    const outcome = await onTerminal(place, ["update", "--interactive", ...endpoint], answer);
    expect(outcome.screen).toContain("+++ b/a.nix");
    expect(outcome.screen).toContain("Write these changes to 1 file? [y/N] ");
    expect(outcome.code).toBe(code);
    expect((await place.read("a.nix")).includes(digests.newIndex)).toBe(written);
    expect(outcome.screen.includes("Interrupted.")).toBe(code === 130);
  });

  test("progress is one line, drawn over itself and taken away at the end", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": stale });
    const { screen } = await onTerminal(place, ["update", ...endpoint]);
    const [progress = "", ...rest] = screen.split("\n");
    expect(progress).toContain("\r\u001b[2K0/1  registry.example/org/app:1.0");
    expect(progress).toContain("\r\u001b[2K\u001b[32mupdated");
    expect(rest.join("\n")).not.toContain("\u001b[2K0/1");
  });
});

/** Runs the command line on a terminal of its own and types `answer` when it is asked. */
function onTerminal(
  place: Workplace,
  args: readonly string[],
  answer?: string,
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const command = [process.execPath, BUNDLE, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn(SCRIPT, ["--quiet", "--return", "--command", command, "/dev/null"], {
    cwd: place.folder,
    env: { ...process.env, TMPDIR: place.temporaryFolder, NO_COLOR: "", TERM: "xterm" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let screen = "";
  let isAnswered = answer === undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    if (isAnswered || !screen.includes("[y/N]")) return;
    isAnswered = true;
    child.stdin.write(answer);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, screen: screen.replaceAll("\r\n", "\n") }));
  });
}
