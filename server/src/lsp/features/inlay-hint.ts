import * as l10n from "@vscode/l10n";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { InlayHint, Range } from "vscode-languageserver-types";
import { printable } from "../../base/printable.ts";
import type { PinView } from "../pin-view.ts";
import { age, createdTime, exactTime } from "./ages.ts";
import { placesIn } from "./pin-places.ts";
import { pinState } from "./pin-state.ts";
import { toTextRange } from "./text-positions.ts";

/**
 * Behind the digests in a range, and behind calls of pins whose digests stand elsewhere: what their tags have done since.
 * Nothing where there is nothing to do.
 */
export function inlayHints(document: TextDocument, views: readonly PinView[], range: Range, now: number): InlayHint[] {
  const { start, end } = toTextRange(document, range);
  const hints = new Map<number, InlayHint>();
  const add = (offset: number, view: PinView) => {
    const label = offset < start || end < offset ? null : labelOf(view, now);
    if (label === null || hints.has(offset)) return;
    hints.set(offset, {
      position: document.positionAt(offset),
      label,
      paddingLeft: true,
      tooltip: tooltipOf(view, now),
    });
  };
  for (const view of views.flatMap((one) => (one.variants.length === 0 ? [one] : one.variants))) {
    const { imageDigest } = view.pin;
    if (imageDigest.state === "known" && imageDigest.at.file === document.uri) add(imageDigest.at.end, view);
  }
  for (const place of placesIn(document, views)) {
    const [view, ...others] = place.views;
    if (view !== undefined && others.length === 0 && view.pin.file !== document.uri) add(place.range.end, view);
  }
  return [...hints.values()];
}

function labelOf(view: PinView, now: number): string | null {
  const tag = printable(view.pin.followedTag.tag, 40);
  switch (hintedStatus(view)) {
    case "stale": {
      const created = createdTime(view.newFacts?.created ?? null);
      return created === null ? l10n.t("{0} moved", tag) : l10n.t("{0} moved {1}", tag, age(created, now));
    }
    case "gone":
      return l10n.t("digest is gone");
    default:
      return null;
  }
}

/** What the last check said, also while or after something else was tried; null for pins that are left alone. */
function hintedStatus(view: PinView): string | null {
  return pinState(view).kind === "ignored" ? null : (view.check?.result.status ?? null);
}

function tooltipOf({ assessment, check, newFacts }: PinView, now: number): string {
  const created = createdTime(newFacts?.created ?? null);
  const newDigest = check?.result.newDigest ?? null;
  return [
    l10n.t("Pinned: {0}", assessment.image?.digest ?? ""),
    ...(newDigest === null ? [] : [l10n.t("Now: {0}", newDigest)]),
    ...(created === null ? [] : [l10n.t("New image created: {0}", exactTime(created))]),
    ...(check === null ? [] : [l10n.t("Last checked: {0} ({1})", exactTime(check.at), age(check.at, now))]),
  ].join("\n");
}
