import type { Evaluation } from "./evaluation.ts";
import type { SyntaxTrees } from "./grammar.ts";
import type { SourceText } from "./source.ts";
import type { SyntaxNode } from "./syntax.ts";
import { SYNTAX_ERROR, unknown, type Value } from "./value.ts";

const FILES_AT_MOST = 200;

/** Gives the value of other files' code. */
export type ImportFile = (from: string, path: string) => Value;

/**
 * @param root of the file that is read
 * @param onOpen is told of each other file, the first time
 */
export function importsOf(
  evaluation: Evaluation,
  root: SyntaxNode,
  trees: SyntaxTrees,
  onOpen: (source: SourceText) => void,
): ImportFile {
  const roots = new Map<string, SyntaxNode>([[root.source.file, root]]);
  const underway = new Set<SyntaxNode>();

  function rootOf(source: SourceText): SyntaxNode | null {
    const earlier = roots.get(source.file);
    if (earlier !== undefined) return earlier;
    if (roots.size >= FILES_AT_MOST) return null;
    onOpen(source);
    const parsed = trees.parse(source);
    roots.set(source.file, parsed);
    return parsed;
  }

  return (from, path) => {
    const source = evaluation.files.open(from, path, "code");
    if ("reason" in source) return unknown(source.reason);
    const imported = rootOf(source);
    if (imported === null) return unknown("it is in one of too many files");
    const expression = imported.child("expression");
    if (expression === null || imported.children.some(({ isError }) => isError)) return SYNTAX_ERROR;
    if (underway.has(imported)) return unknown("it refers to itself");
    underway.add(imported);
    try {
      return evaluation.evaluate(expression, null);
    } finally {
      underway.delete(imported);
    }
  };
}
