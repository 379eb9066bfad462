import { spawn } from "node:child_process";
import { buffer, text } from "node:stream/consumers";

/** Gives the standard output; throws with the standard error when the program fails. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return (await runForBytes(program, args, options)).toString();
}

export interface RunOptions {
  /** Beside those of this process. */
  readonly variables?: NodeJS.ProcessEnv;
  readonly folder?: string;
}

export async function runForBytes(
  program: string,
  args: readonly string[],
  { variables = {}, folder }: RunOptions = {},
): Promise<Buffer> {
  const child = spawn(program, args, {
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
    ...(folder !== undefined && { cwd: folder }),
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [output, complaint, exitCode] = await Promise.all([buffer(child.stdout), text(child.stderr), exited]);
  if (exitCode !== 0) throw new Error(`${program} ${args[0] ?? ""} ended with ${exitCode}:\n${complaint}`);
  return output;
}

/** How long a work takes, in seconds. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> {
  const start = performance.now();
  const value = await work();
  return { seconds: (performance.now() - start) / 1000, value };
}
