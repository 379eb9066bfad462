import type { Call, Scope } from "./scope.ts";

const CALLS_AT_MOST = 100;

/** The calls of functions that lead into a scope, the innermost first. */
export function callsAround(scope: Scope | null): readonly Call[] {
  const calls = new Set<Call>();
  const pending = [scope];
  for (let from = pending.shift(); from !== undefined; from = pending.shift()) {
    for (let at = from; at !== null && calls.size < CALLS_AT_MOST; at = at.outer) {
      if (at.kind !== "lexical" || at.call === null || calls.has(at.call)) continue;
      calls.add(at.call);
      pending.push(at.call.scope);
    }
  }
  return [...calls];
}

/** Whether a call stands in the text as it is read, rather than in a function that is called. */
export function isOutermost({ scope }: Call): boolean {
  for (let at = scope; at !== null; at = at.outer) if (at.kind === "lexical" && at.call !== null) return false;
  return true;
}
