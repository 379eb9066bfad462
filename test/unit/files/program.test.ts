import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLog } from "../../../server/src/base/log.ts";
import { createMachine } from "../../../server/src/files/machine.ts";
import { isSystemError } from "../../../server/src/files/system-error.ts";
import type { Machine } from "../../../server/src/registry/machine.ts";

const LIMITS = { timeout: 60_000, outputLimit: 1000 };
const KIB = 1024;

let homeFolder = "";
let machine: Machine;
beforeAll(() => {
  homeFolder = realpathSync(mkdtempSync(join(tmpdir(), "dockpin-program-")));
  machine = createMachine({ environment: { ...process.env, GREETING: "hello" }, homeFolder, log: silentLog });
});
afterAll(() => rmSync(homeFolder, { recursive: true }));

/** Runs a script in Node, which is there on every system. */
function run(script: string, input = "", limits: Partial<Parameters<Machine["runProgram"]>[3]> = {}) {
  return machine.runProgram(process.execPath, ["-e", script], input, { ...LIMITS, ...limits });
}

describe("a program", () => {
  test("gets its input to the end, and what it writes is given", async () => {
    const script = `process.stdin.pipe(process.stdout); console.error("noted")`;
    expect(await run(script, "ghcr.io")).toEqual({ exitCode: 0, stdout: "ghcr.io", stderr: "noted\n" });
  });

  test("runs in the home folder with the environment, not in the current folder", async () => {
    const { stdout } = await run("console.log(process.cwd(), process.env.GREETING)");
    expect(stdout).toBe(`${homeFolder} hello\n`);
  });

  test("is not run by a shell", async () => {
    const { stdout } = await machine.runProgram(
      process.execPath,
      ["-e", "console.log(process.argv[1])", "$HOME;*"],
      "",
      LIMITS,
    );
    expect(stdout).toBe("$HOME;*\n");
  });

  test("may fail, which is its exit code", async () => {
    expect(await run(`console.log("not found"); process.exitCode = 3`)).toMatchObject({
      exitCode: 3,
      stdout: "not found\n",
    });
  });

  test("need not read its input", async () => {
    expect(await run("process.exit(0)", "x".repeat(1024 * KIB))).toMatchObject({ exitCode: 0 });
  });

  test("that is not there is a system error", async () => {
    const missing = machine.runProgram(join(homeFolder, "missing"), [], "", LIMITS);
    await expect(missing).rejects.toSatisfy((error) => isSystemError(error) && error.code === "ENOENT");
  });

  test("that writes too much is ended", async () => {
    const endless = run(`for (;;) require("fs").writeSync(1, "x".repeat(${KIB}))`, "", { outputLimit: 64 * KIB });
    await expect(endless).rejects.toThrow("it wrote more than 65536 bytes");
  });

  test("that writes too much to standard error is ended", async () => {
    const endless = run(`for (;;) require("fs").writeSync(2, "x".repeat(${KIB}))`, "", { outputLimit: 64 * KIB });
    await expect(endless).rejects.toThrow("it wrote more than 65536 bytes");
  });

  test("that takes too long is ended", async () => {
    await expect(run("setInterval(() => {}, 1000)", "", { timeout: 300 })).rejects.toThrow("it took longer than 0.3 s");
  });

  test("is ended when nobody waits any more", async () => {
    const controller = new AbortController();
    const running = run("setInterval(() => {}, 1000)", "", { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
  });

  test("is not started for who has left already", async () => {
    await expect(run("", "", { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });

  test("may leave another program behind that keeps its output open", async () => {
    const script = `
      const options = { detached: true, stdio: "inherit" };
      const left = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], options);
      left.unref();
      require("fs").writeSync(1, String(left.pid));
      process.exit(0);`;
    const { exitCode, stdout } = await run(script);
    process.kill(Number(stdout), "SIGKILL");
    expect(exitCode).toBe(0);
  });

  test("leaves no listener behind", async () => {
    const before = process.listenerCount("exit");
    await Promise.all([run(""), run("process.exit(1)"), run("for (;;);", "", { timeout: 1 }).catch(() => null)]);
    await machine.runProgram(join(homeFolder, "missing"), [], "", LIMITS).catch(() => null);
    expect(process.listenerCount("exit")).toBe(before);
  });

  // Windows has no process groups.
  test.skipIf(process.platform === "win32")("is ended with what it has started", async () => {
    const script = `
      const child = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
      require("fs").writeFileSync("child.pid", String(child.pid));
      for (;;) require("fs").writeSync(1, "x".repeat(${KIB}));`;
    await expect(run(script, "", { outputLimit: 64 * KIB })).rejects.toThrow("it wrote more");
    const child = Number(await machine.readTextFile(join(homeFolder, "child.pid")));
    expect(child).toBeGreaterThan(0);
    await expect.poll(() => isRunning(child), { timeout: 30_000 }).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
