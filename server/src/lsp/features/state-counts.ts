import * as l10n from "@vscode/l10n";
import type { PinView } from "../pin-view.ts";
import { type PinState, pinState } from "./pin-state.ts";

/** How several pins stand, in a few words: `2 stale, 1 up to date`. */
export function countStates(views: readonly PinView[]): string {
  const kinds = views.map((view) => pinState(view).kind);
  const counted = (word: (count: number) => string, ...wanted: readonly PinState["kind"][]): string[] => {
    const count = kinds.filter((kind) => wanted.includes(kind)).length;
    return count === 0 ? [] : [word(count)];
  };
  return [
    ...counted((count) => l10n.t("{0} stale", count), "stale", "gone", "wrong-hash"),
    ...counted((count) => l10n.t("{0} incomplete", count), "incomplete"),
    ...counted((count) => l10n.t("{0} failed", count), "failed", "tag-missing"),
    ...counted((count) => l10n.t("{0} cannot be updated", count), "blocked"),
    ...counted((count) => l10n.t("{0} under way", count), "checking", "prefetching", "verifying"),
    ...counted((count) => l10n.t("{0} up to date", count), "fresh"),
    ...counted((count) => l10n.t("{0} not checked", count), "unchecked"),
    ...counted((count) => l10n.t("{0} left alone", count), "ignored"),
  ].join(", ");
}
