import { applyEdits, planEdits } from "../nix/edit.ts";
import type { PinUpdate } from "./update.ts";

export interface Rewrite {
  /** Equal to the old text when nothing is to be changed. */
  readonly text: string;
  /** In the order given; one whose edit is refused has failed. */
  readonly updates: readonly PinUpdate[];
}

/** A file's text with the updates of all its pins written in. Each pin gets its digest and hash, or neither. */
export function rewriteText(text: string, updates: readonly PinUpdate[]): Rewrite {
  const changes = updates.flatMap(({ pin, change }) => (change === null ? [] : [{ pin, change }]));
  const unchanged = updates.flatMap(({ pin, change }) => (change === null ? [pin] : []));
  const { edits, refused } = planEdits(() => text, changes, unchanged);
  const refusals = new Map(refused.map(({ pin, problem }) => [pin, problem]));
  return {
    text: applyEdits(text, edits),
    updates: updates.map((update) => {
      const problem = refusals.get(update.pin);
      return problem === undefined ? update : { ...update, outcome: "failed", problem, change: null };
    }),
  };
}
