import type { Log } from "../base/log.ts";

/** What the way to registries depends on of the machine and its user; everything is passed in. */
export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  /** As `process.platform`. */
  readonly platform: string;
  /** As `process.getuid`; null where users have no number. */
  readonly userId: number | null;
  /** The text of a file in UTF-8; null when there is no such file; rejects when it cannot be read. */
  readonly readTextFile: (path: string) => Promise<string | null>;
  /** The names in a folder; null when there is no such folder; rejects when it cannot be read. */
  readonly readFolder: (path: string) => Promise<readonly string[] | null>;
  /** Whether a file is there that this user may run. */
  readonly isExecutable: (path: string) => Promise<boolean>;
  readonly runProgram: RunProgram;
  readonly log: Log;
}

/**
 * Runs a program without a shell, in the home folder, with `input` on its standard input, and gives what it wrote. Rejects
 * when it cannot be started, runs longer than `timeout` milliseconds or writes more than `outputLimit` bytes; it is ended then.
 */
export type RunProgram = (
  path: string,
  args: readonly string[],
  input: string,
  limits: { readonly timeout: number; readonly outputLimit: number; readonly signal?: AbortSignal },
) => Promise<ProgramResult>;

export interface ProgramResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
