import * as l10n from "@vscode/l10n";
import type { Problem } from "../base/errors.ts";
import { type PinChange, planEdits, planPinEdits } from "../nix/edit.ts";
import { mergePins } from "../nix/merge-pins.ts";
import type { Pin, TextEdit } from "../nix/pin.ts";
import { isDigest, shortDigest } from "../oci/digest.ts";
import { labelOf } from "../pins/label.ts";
import type { PinDocument, SourceDocument } from "./pin-documents.ts";
import type { PinView } from "./pin-view.ts";
import { pinKeyOf } from "./pins-shown.ts";

/** What a pin of a document should state. The pin is named by what it said when that was found out. */
export interface WantedChange {
  readonly view: PinView;
  readonly change: PinChange;
}

/** The edits for one pin, and what an editor says of them. */
export interface PinEdits {
  readonly view: PinView;
  /** Of one file or of several. */
  readonly edits: readonly TextEdit[];
  /** `alpine:3.20` */
  readonly label: string;
  /** What changes. */
  readonly description: string;
}

export interface EditPlan {
  readonly changes: readonly PinEdits[];
  /** The files of the edits, by URI. */
  readonly sources: ReadonlyMap<string, SourceDocument>;
  /** Pins that changed since, and those that can't be edited. */
  readonly refused: readonly { readonly view: PinView; readonly problem: Problem }[];
}

/** A document as it is now, and what is wanted of its pins. */
export interface WantedIn {
  readonly document: PinDocument;
  readonly wanted: readonly WantedChange[];
}

/**
 * The edits of all files that the pins of documents stand in. Each edit is for one of the pins, even if more read what it
 * changes.
 *
 * @param neighbours other documents whose pins may read the same values
 */
export function planDocuments(documents: readonly WantedIn[], neighbours: readonly PinDocument[] = []): EditPlan {
  const all = [...documents.map(({ document }) => document), ...neighbours];
  const sources = new Map(all.flatMap((document) => [...document.sources]));
  const textOf = (file: string) => sources.get(file)?.document.getText() ?? null;
  const gone: WantedChange[] = [];
  // A pin may be known to more than one document.
  const found = new Map<string, WantedChange & { readonly pin: Pin }>();
  for (const { document, wanted } of documents) {
    const current = new Map(document.views.map((view) => [view.id, view]));
    for (const { view: before, change } of wanted) {
      const view = current.get(before.id);
      if (view === undefined) gone.push({ view: before, change });
      else found.set(pinKeyOf(view.pin), { view, pin: view.pin, change: inStyle(change, document.settings.hashStyle) });
    }
  }
  const wantedPins = [...found.values()].map(({ pin }) => pin);
  const others = mergePins([...wantedPins, ...all.flatMap(({ views }) => views.map(({ pin }) => pin))]).filter(
    (pin) => !found.has(pinKeyOf(pin)),
  );
  const { edits, refused } = planEdits(textOf, [...found.values()], others);
  const refusals = new Map(refused.map(({ pin, problem }) => [pin, problem]));

  const accepted = [...found.values()].filter(({ pin }) => !refusals.has(pin));
  const free = new Set(edits);
  const changes = accepted.flatMap(({ view, pin, change }, index): PinEdits[] => {
    const own = planPinEdits(textOf, pin, change);
    const isLast = index === accepted.length - 1;
    // Edits at one offset are joined, so that the last pin takes what nobody recognises as its own.
    const taken = [...free].filter((edit) => isLast || (own.ok && own.value.some((one) => isSame(one, edit))));
    for (const edit of taken) free.delete(edit);
    if (taken.length === 0) return [];
    return [{ view, edits: taken, label: labelOf(pin), description: describe(view, change) }];
  });
  const edited = new Set(edits.map(({ file }) => file));
  return {
    changes,
    sources: new Map([...sources].filter(([file]) => edited.has(file))),
    refused: [
      ...gone.map(({ view }) => ({ view, problem: changedMeanwhile(view) })),
      ...[...found.values()].flatMap(({ view, pin }) => {
        const problem = refusals.get(pin);
        return problem === undefined ? [] : [{ view, problem }];
      }),
    ],
  };
}

function inStyle(change: PinChange, hashStyle: "keep" | "sri"): PinChange {
  if (hashStyle === "keep") return change;
  const variants = change.variants?.map((variant) => inStyle(variant, hashStyle));
  return { ...change, hashEncoding: "sri", ...(variants !== undefined && { variants }) };
}

function isSame(one: TextEdit, other: TextEdit): boolean {
  return (
    one.file === other.file &&
    one.range.start === other.range.start &&
    one.range.end === other.range.end &&
    one.newText === other.newText
  );
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
