import { type ChildProcess, spawn } from "node:child_process";
import { isSystemError } from "./system-error.ts";

export interface ProgramLimits {
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes, of standard output and standard error together. */
  readonly outputLimit: number;
  readonly signal?: AbortSignal;
}

export interface ProgramResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** UTF-8. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
}

/** How long what a program leaves behind may keep its output open, in milliseconds. */
const GRACE = 500;

/**
 * Runs the program at an absolute path without a shell, `input` being all of its standard input. Rejects with a system error
 * when it cannot be started, with an error in words when it runs too long or writes too much, and with the signal's reason;
 * it is ended then, and on POSIX all that it started and that stayed in its process group.
 */
export function runProgram(
  path: string,
  args: readonly string[],
  input: string,
  limits: ProgramLimits,
  { environment, workingFolder }: ProgramSurroundings,
): Promise<ProgramResult> {
  const { timeout, outputLimit, signal } = limits;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(path, args, {
      cwd: workingFolder,
      env: environment,
      // A process group of its own, which can be ended whole.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    let ending: unknown = null;
    const end = (reason: unknown) => {
      ending ??= reason;
      killAll(child);
      closeOutput(child);
    };

    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let size = 0;
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= outputLimit) output[name].push(chunk);
        else end(new Error(`it wrote more than ${outputLimit} bytes`));
      });
    }
    // A program need not read what it is given.
    child.stdin.on("error", (error) => {
      if (!isSystemError(error)) end(error);
    });
    child.stdin.end(input);

    // A detached program would outlive this one.
    const killWithMe = () => killAll(child);
    process.once("exit", killWithMe);
    const timer = setTimeout(() => end(new Error(`it took longer than ${timeout / 1000} s`)), timeout);
    const abort = () => end(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    let grace: NodeJS.Timeout | undefined;
    const settle = () => {
      process.off("exit", killWithMe);
      clearTimeout(timer);
      clearTimeout(grace);
      signal?.removeEventListener("abort", abort);
    };
    child.once("error", (error) => {
      settle();
      reject(ending ?? error);
    });
    child.once("exit", () => {
      grace = setTimeout(() => closeOutput(child), GRACE);
    });
    child.once("close", (exitCode) => {
      settle();
      if (ending !== null) reject(ending);
      else resolve({ exitCode, stdout: textOf(output.stdout), stderr: textOf(output.stderr) });
    });
  });
}

function killAll(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === "win32") {
    child.kill();
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // It has ended by itself; macOS says EPERM then.
    if (!isSystemError(error) || !["ESRCH", "EPERM"].includes(error.code)) throw error;
  }
}

function closeOutput(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}
