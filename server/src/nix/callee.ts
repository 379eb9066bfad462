import type { Evaluation } from "./evaluation.ts";
import type { Callee } from "./pin.ts";
import type { SyntaxNode } from "./syntax.ts";

/** A function that consumes a pin. */
export interface Consumer {
  readonly callee: Callee;
  /** Whether its name or what the name stands for says where it is from, so that it can't be an unrelated function. */
  readonly certain: boolean;
}

/**
 * Which function of nixpkgs or nix2container an expression is, by its last name and by the words before it or before what
 * it stands for (`inherit (n2c) pullImage`); null when it is none of them.
 */
export function consumerOf(evaluation: Evaluation, expression: SyntaxNode): Consumer | null {
  const value = evaluation.evaluate(expression, evaluation.scopeAt(expression));
  const written = evaluation.textOf(expression).split(".");
  const path = value.kind === "unknown" && value.path !== null ? value.path : written;
  const names = [path.at(-1), written.at(-1)];
  const fromManifest = names.includes("pullImageFromManifest");
  if (!fromManifest && !names.includes("pullImage")) return null;
  const words = [...path, ...written].join(".").toLowerCase();
  const isNix2container = /nix2container|\bn2c\b/.test(words);
  if (fromManifest) return { callee: "nix2container.pullImageFromManifest", certain: true };
  if (isNix2container) return { callee: "nix2container.pullImage", certain: true };
  return { callee: "dockerTools.pullImage", certain: words.includes("dockertools") };
}
