import * as l10n from "@vscode/l10n";
import type { Problem } from "../base/errors.ts";
import { type PinChange, planEdits, planPinEdits } from "../nix/edit.ts";
import type { TextEdit } from "../nix/pin.ts";
import { isDigest, shortDigest } from "../oci/digest.ts";
import { labelOf } from "../pins/label.ts";
import type { PinDocument } from "./pin-documents.ts";
import type { PinView } from "./pin-view.ts";

/** What a pin of a document should state. The pin is named by what it said when that was found out. */
export interface WantedChange {
  readonly view: PinView;
  readonly change: PinChange;
}

/** The edits for one pin, and what an editor says of them. */
export interface PinEdits {
  readonly view: PinView;
  readonly edits: readonly TextEdit[];
  /** `alpine:3.20` */
  readonly label: string;
  /** What changes. */
  readonly description: string;
}

export interface DocumentPlan {
  readonly document: PinDocument;
  readonly changes: readonly PinEdits[];
  /** Pins that changed since, and those that can't be edited. */
  readonly refused: readonly { readonly view: PinView; readonly problem: Problem }[];
}

/** The edits of a document as it is now. Each edit is for one of the pins, even if more read what it changes. */
export function planDocument(document: PinDocument, wanted: readonly WantedChange[]): DocumentPlan {
  const text = document.document.getText();
  const { hashStyle } = document.settings;
  const current = new Map(document.views.map((view) => [view.id, view]));
  const found = wanted.flatMap(({ view: { id }, change }) => {
    const view = current.get(id);
    return view === undefined ? [] : [{ view, pin: view.pin, change: inStyle(change, hashStyle) }];
  });
  const changed = new Set(found.map(({ pin }) => pin));
  const unchanged = document.views.map(({ pin }) => pin).filter((pin) => !changed.has(pin));
  const { edits, refused } = planEdits(() => text, found, unchanged);
  const refusals = new Map(refused.map(({ pin, problem }) => [pin, problem]));

  const accepted = found.filter(({ pin }) => !refusals.has(pin));
  const free = new Set(edits);
  const changes = accepted.flatMap(({ view, pin, change }, index): PinEdits[] => {
    const own = planPinEdits(() => text, pin, change);
    const isLast = index === accepted.length - 1;
    // Edits at one offset are joined, so that the last pin takes what nobody recognises as its own.
    const taken = [...free].filter((edit) => isLast || (own.ok && own.value.some((one) => isSame(one, edit))));
    for (const edit of taken) free.delete(edit);
    if (taken.length === 0) return [];
    return [{ view, edits: taken, label: labelOf(pin), description: describe(view, change) }];
  });
  return {
    document,
    changes,
    refused: [
      ...wanted
        .filter(({ view }) => !current.has(view.id))
        .map(({ view }) => ({ view, problem: changedMeanwhile(view) })),
      ...found.flatMap(({ view, pin }) => {
        const problem = refusals.get(pin);
        return problem === undefined ? [] : [{ view, problem }];
      }),
    ],
  };
}

function inStyle(change: PinChange, hashStyle: "keep" | "sri"): PinChange {
  return hashStyle === "sri" ? { ...change, hashEncoding: "sri" } : change;
}

function isSame(one: TextEdit, other: TextEdit): boolean {
  return one.range.start === other.range.start && one.range.end === other.range.end && one.newText === other.newText;
}

function describe({ pin: { imageDigest } }: PinView, change: PinChange): string {
  const after = shortDigest(change.imageDigest);
  if (imageDigest.state !== "known" || !isDigest(imageDigest.value)) return after;
  const before = shortDigest(imageDigest.value);
  return before === after ? l10n.t("new hash for {0}", after) : `${before} → ${after}`;
}

/** Why a pin is left alone that no longer says what it said. */
export function changedMeanwhile({ pin }: PinView): Problem {
  const message = `The pin of ${labelOf(pin)} was changed while its update was computed; it is left as it is.`;
  return { code: "file-changed", message };
}
