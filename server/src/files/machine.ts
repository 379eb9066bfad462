import { constants, createReadStream } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import type { Log } from "../base/log.ts";
import { type ProgramLimits, type ProgramResult, runProgram } from "./program.ts";
import { isSystemError } from "./system-error.ts";

export interface MachineOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where programs are run, too: the current folder may be one that nobody trusts. */
  readonly homeFolder: string;
  readonly log: Log;
}

/** No configuration is larger, in bytes. */
const TEXT_LIMIT = 4 * 1024 * 1024;

/** This machine, as the way to registries needs it (`Machine` of `registry/`). */
export function createMachine({ environment, homeFolder, log }: MachineOptions) {
  return {
    environment,
    homeFolder,
    platform: process.platform as string,
    userId: process.getuid?.() ?? null,
    readTextFile: (path: string) => orNull(() => readText(path)),
    readFolder: (path: string): Promise<readonly string[] | null> => orNull(() => readdir(path)),
    isExecutable,
    runProgram: (path: string, args: readonly string[], input: string, limits: ProgramLimits): Promise<ProgramResult> =>
      runProgram(path, args, input, limits, { environment, workingFolder: homeFolder }),
    log,
  };
}

/** Read as a stream, because it may be a pipe, such as the `<(…)` of a shell. */
async function readText(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > TEXT_LIMIT) throw new Error(`it is larger than ${TEXT_LIMIT / 1024 / 1024} MiB`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Whether a file is there that this user may run. On Windows any file may be, and its name tells whether it can. */
async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isSystemError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return null;
    throw error;
  }
}
