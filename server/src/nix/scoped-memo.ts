import type { Scope } from "./scope.ts";
import type { SyntaxNode } from "./syntax.ts";

/** Stands for the scope at a file's edge, which is null. */
const EDGE = {};

/** Gives what was computed for a node in a scope, and computes it the first time. A function's body has a scope per call. */
export type ScopedMemo<T> = (node: SyntaxNode, scope: Scope | null, compute: () => T) => T;

export function scopedMemo<T>(): ScopedMemo<T> {
  const byScope = new WeakMap<object, Map<SyntaxNode, { readonly result: T }>>();
  return (node, scope, compute) => {
    const key = scope ?? EDGE;
    let results = byScope.get(key);
    if (results === undefined) {
      results = new Map();
      byScope.set(key, results);
    }
    const earlier = results.get(node);
    if (earlier !== undefined) return earlier.result;
    const result = compute();
    results.set(node, { result });
    return result;
  };
}
