import type { Log } from "../../../server/src/base/log.ts";
import type { Machine, ProgramResult } from "../../../server/src/registry/machine.ts";

export interface MachineDescription {
  readonly environment?: Readonly<Record<string, string>>;
  /** Text by path, or why it cannot be read. */
  readonly files?: Readonly<Record<string, string | Error>>;
  /** Linux when absent. */
  readonly platform?: string;
  readonly homeFolder?: string;
  /** What can be run, by path: gets the standard input and the signal. */
  readonly programs?: Readonly<Record<string, Program>>;
}

export type Program = (input: string, signal?: AbortSignal) => Promise<Partial<ProgramResult>> | Partial<ProgramResult>;

export interface DescribedMachine extends Machine {
  readonly warnings: readonly string[];
  readonly readPaths: readonly string[];
  /** `path argument… <input`, by run. */
  readonly runs: readonly string[];
}

/** A machine that has what is described, and records what is asked of it. */
export function describedMachine(description: MachineDescription = {}): DescribedMachine {
  const { environment = {}, files = {}, platform = "linux", homeFolder = "/home/me", programs = {} } = description;
  const warnings: string[] = [];
  const readPaths: string[] = [];
  const runs: string[] = [];
  const log: Log = { debug() {}, info() {}, warn: (message) => warnings.push(message) };
  return {
    environment,
    homeFolder,
    platform,
    userId: platform === "win32" ? null : 1000,
    readTextFile: async (path) => {
      readPaths.push(path);
      const content = files[path];
      if (content instanceof Error) throw content;
      return content ?? null;
    },
    readFolder: async () => null,
    isExecutable: async (path) => Object.hasOwn(programs, path),
    runProgram: async (path, args, input, { signal }) => {
      runs.push(`${[path, ...args].join(" ")} <${input.trim()}`);
      const program = programs[path];
      if (program === undefined) throw new Error(`spawn ${path} ENOENT`);
      return { exitCode: 0, stdout: "", stderr: "", ...(await program(input, signal)) };
    },
    log,
    warnings,
    readPaths,
    runs,
  };
}

/** A credential helper that answers with these. */
export function helperAnswer(username: string, secret: string): Partial<ProgramResult> {
  return { stdout: JSON.stringify({ ServerURL: "https://ignored.example", Username: username, Secret: secret }) };
}

export const NOT_FOUND: Partial<ProgramResult> = { exitCode: 1, stdout: "credentials not found in native keychain\n" };
