import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A nixpkgs that pulls nothing. */
export const NIXPKGS = join(import.meta.dirname, "nixpkgs");

export interface NixOptions {
  /** The folder that paths are relative to. */
  readonly folder?: string;
  /** The one that Nix runs on unless given. */
  readonly system?: string;
}

/** What Nix says of an expression, without a store or a network; null when it refuses it. */
export async function nixEval(
  expression: string,
  { folder, system }: NixOptions = {},
): Promise<{ readonly value: unknown } | null> {
  const options = ["--eval", "--strict", "--json", "--store", "dummy://", "-I", `nixpkgs=${NIXPKGS}`];
  if (system !== undefined) options.push("--option", "system", system);
  try {
    const evaluation = run("nix-instantiate", [...options, "-"], { maxBuffer: 1 << 26, cwd: folder });
    evaluation.child.stdin?.end(expression);
    const { stdout } = await evaluation;
    return { value: JSON.parse(stdout) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === 1) return null;
    throw error;
  }
}

/** What Nix says of each of several expressions, null for those that it refuses. Refusals cost, so most should be good. */
export async function nixEvalAll(
  expressions: readonly string[],
  options: NixOptions = {},
): Promise<readonly ({ readonly value: unknown } | null)[]> {
  if (expressions.length === 0) return [];
  const all = await nixEval(`[ ${expressions.map((expression) => `(${expression}\n)`).join("\n")} ]`, options);
  if (all !== null) return (all.value as unknown[]).map((value) => ({ value }));
  if (expressions.length === 1) return [null];
  const middle = expressions.length >> 1;
  return [
    ...(await nixEvalAll(expressions.slice(0, middle), options)),
    ...(await nixEvalAll(expressions.slice(middle), options)),
  ];
}
