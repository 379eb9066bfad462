import type { Evaluation } from "./evaluation.ts";
import type { Scope } from "./scope.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type PathValue, SYNTAX_ERROR, unknown, type Value, withoutPath } from "./value.ts";

/** The value of `./x.nix` or `./${name}.nix`: Nix appends what is interpolated as it is. */
export function evaluatePath(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  let path = "";
  for (const child of node.children) {
    if (child.type === "path_fragment") {
      path += child.text;
      continue;
    }
    if (child.type !== "interpolation") continue;
    const expression = child.child("expression");
    const part = expression === null ? SYNTAX_ERROR : evaluation.evaluate(expression, scope);
    if (part.kind === "unknown") return withoutPath(part);
    if (part.kind !== "string") return unknown("what is interpolated in a path is not a string");
    path += part.text;
  }
  return { kind: "path", from: node.source.file, path };
}

/** `./. + "/x.nix"`. Nix resolves the left side first, so that only what begins with a slash can be appended as it is. */
export function appendToPath(path: PathValue, suffix: string): Value {
  if (!suffix.startsWith("/")) return unknown("a string without a slash is added to a path");
  return { ...path, path: path.path + suffix };
}
