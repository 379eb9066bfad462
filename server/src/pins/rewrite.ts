import { applyEdits, editsByFile, planEdits } from "../nix/edit.ts";
import type { TextOf } from "../nix/pin.ts";
import type { PinUpdate } from "./update.ts";

export interface FileRewrites {
  /** The new texts of the files in which something changes. */
  readonly texts: ReadonlyMap<string, string>;
  /** In the order given; one whose edit is refused has failed. */
  readonly updates: readonly PinUpdate[];
}

/**
 * The updates of pins written into the files that they stand in. Each pin gets its digest and hash, or neither, though they
 * be in several files. All pins that read literals of these files should be among the updates.
 */
export function rewriteFiles(textOf: TextOf, updates: readonly PinUpdate[]): FileRewrites {
  const changes = updates.flatMap(({ pin, change }) => (change === null ? [] : [{ pin, change }]));
  const unchanged = updates.flatMap(({ pin, change }) => (change === null ? [pin] : []));
  const { edits, refused } = planEdits(textOf, changes, unchanged);
  const refusals = new Map(refused.map(({ pin, problem }) => [pin, problem]));
  return {
    texts: new Map(
      [...editsByFile(edits)].map(([file, ofFile]) => [file, applyEdits(textOf(file) ?? "", ofFile)] as const),
    ),
    updates: updates.map((update) => {
      const problem = refusals.get(update.pin);
      return problem === undefined ? update : { ...update, outcome: "failed", problem, change: null };
    }),
  };
}
