import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { workplace } from "./harness.ts";

describe("help", () => {
  test.each([["--help"], ["-h"], ["help"]])("dockpin %s names every command", async (argument) => {
    const { dockpin } = await workplace();
    const { code, stdout, stderr } = await dockpin(argument);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const verb of ["list", "check", "update", "verify", "prefetch"]) expect(stdout).toContain(`  ${verb} `);
  });

  test.each([
    ["list", "--json"],
    ["check", "--concurrency"],
    ["update", "--dry-run"],
    ["verify", "--tls-verify"],
    ["prefetch", "--final-image-tag"],
  ])("dockpin %s --help tells its options", async (verb, option) => {
    const { dockpin } = await workplace();
    const help = await dockpin(verb, "--help");
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining(option), stderr: "" });
    expect(await dockpin("help", verb)).toEqual(help);
  });

  test("the version is the package's", async () => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, "..", "..", "package.json"), "utf8"));
    const { dockpin } = await workplace();
    expect(await dockpin("--version")).toEqual({ code: 0, stdout: `dockpin ${version}\n`, stderr: "" });
  });
});

describe("a wrong command line ends with 2, one sentence, and nothing on stdout", () => {
  test.each<[args: string[], message: RegExp]>([
    [[], /Name a command/],
    [["pin"], /There is no command "pin"/],
    [["list", "--nope"], /Unknown option '--nope'/],
    [["check", "--json=yes"], /--json/],
    [["check", "--platform", "amd64"], /write os\/arch, such as "linux\/amd64"/],
    [["check", "--platform", "linux/x86_64"], /write "amd64"/],
    [["check", "--concurrency", "0"], /from 1 to 64/],
    [["check", "--tls-verify=maybe"], /true or false/],
    [["check", "--endpoint", "docker.io"], /HOST=URL/],
    [["check", "--endpoint", "docker.io=ftp://x"], /HOST=URL/],
    [["update", "--interactive", "--json"], /exclude each other/],
    [["update", "--interactive", "--dry-run"], /exclude each other/],
    [["prefetch"], /needs the name of an image/],
    [["prefetch", "alpine", "3.20", "more"], /takes an image, and a tag or a digest/],
    [["prefetch", "alpine:3.19", "3.20"], /the tag is given twice/],
    [["prefetch", "Alpine"], /lower case/],
    [["prefetch", "alpine", "-x"], /Unknown option '-x'|tag/],
    [["prefetch", "alpine", "--arch", "x86_64"], /write "amd64"/],
    [["prefetch", "alpine", "sha256:abc"], /is not a digest/],
  ])("dockpin %j", async (args, message) => {
    const { dockpin } = await workplace();
    const { code, stdout, stderr } = await dockpin(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^dockpin: [^\n]+ \[[a-z-]+\]\n$/);
  });
});

describe("colours", () => {
  test.each<[env: Record<string, string>, expected: boolean]>([
    [{}, false],
    [{ FORCE_COLOR: "1" }, true],
    [{ FORCE_COLOR: "0" }, false],
    [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false],
  ])("into a pipe with %j: %j", async (env, expected) => {
    const { dockpin } = await workplace({}, { env });
    expect((await dockpin("list", "nowhere")).stderr.includes("\u001b[")).toBe(expected);
  });
});
