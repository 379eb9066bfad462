import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What Nix says of an expression, without a store or a network; null when it refuses it. */
export async function nixEval(expression: string): Promise<{ readonly value: unknown } | null> {
  const options = ["--eval", "--strict", "--json", "--store", "dummy://"];
  try {
    const evaluation = run("nix-instantiate", [...options, "-"], { maxBuffer: 1 << 26 });
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
): Promise<readonly ({ readonly value: unknown } | null)[]> {
  if (expressions.length === 0) return [];
  const all = await nixEval(`[ ${expressions.map((expression) => `(${expression}\n)`).join("\n")} ]`);
  if (all !== null) return (all.value as unknown[]).map((value) => ({ value }));
  if (expressions.length === 1) return [null];
  const middle = expressions.length >> 1;
  return [...(await nixEvalAll(expressions.slice(0, middle))), ...(await nixEvalAll(expressions.slice(middle)))];
}
