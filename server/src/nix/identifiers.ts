import { nodeFinder, type SyntaxNode } from "./syntax.ts";

/** Finds nodes of one text by what is written there. */
export interface Identifiers {
  /** The node at an offset; nearby offsets in turn cost little. */
  nodeAt(offset: number): SyntaxNode;
  /** The identifier nodes with this name between two offsets; null when there are more than `limit` places to look at. */
  named(name: string, start: number, end: number, limit: number): readonly SyntaxNode[] | null;
}

export function identifiersOf(text: string, root: SyntaxNode): Identifiers {
  const nodeAt = nodeFinder(root);
  let index: ReadonlyMap<string, readonly number[]> | null = null;
  return {
    nodeAt,
    named(name, start, end, limit) {
      root.footprint.names.add(name);
      index ??= offsetsByName(text);
      const offsets = index.get(name) ?? [];
      const first = lowerBound(offsets, start);
      const beyond = lowerBound(offsets, end);
      if (beyond - first > limit) return null;
      const nodes = offsets.slice(first, beyond).map(nodeAt);
      return nodes.filter((node) => node.type === "identifier" && node.end - node.start === name.length);
    },
  };
}

function offsetsByName(text: string): Map<string, number[]> {
  const index = new Map<string, number[]>();
  for (const match of text.matchAll(/[a-zA-Z_][a-zA-Z0-9_'-]*/g)) {
    const offsets = index.get(match[0]);
    if (offsets === undefined) index.set(match[0], [match.index]);
    else offsets.push(match.index);
  }
  return index;
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
