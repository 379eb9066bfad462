import { insertionOf } from "../../nix/attribute-insertion.ts";
import { isDataFile } from "../../nix/data-file.ts";
import { type PinChange, planEdits } from "../../nix/edit.ts";
import type { Pin, TextEdit, TextOf } from "../../nix/pin.ts";
import { combineChanges } from "../../pins/variants.ts";
import type { PinView } from "../pin-view.ts";
import { mendContainerImage } from "./container-image.ts";
import { ignoreComment } from "./ignore-comment.ts";
import { moveOverride } from "./override-moving.ts";
import { mendImageName, mendPlatform } from "./reference-mending.ts";
import { sriConversion } from "./sri-conversion.ts";

/** Changes of a pin that need no registry. */
export type OfflineFix =
  | "ignore"
  | "convert-to-sri"
  | "add-arch"
  | "write-computed-hash"
  | "mend-name"
  | "mend-platform"
  | "move-override"
  | "mend-container-image";

/**
 * The edits of a fix, in the order of the text; empty when there is nothing to fix or no place to fix it.
 *
 * @param textOf gives the files that the pin stands in
 * @param views of all pins of the document, since some share a literal
 */
export function offlineEdits(
  fix: OfflineFix,
  textOf: TextOf,
  view: PinView,
  views: readonly PinView[],
): readonly TextEdit[] {
  const { pin } = view;
  const text = textOf(pin.file);
  if (text === null) return [];
  switch (fix) {
    case "ignore": {
      // JSON has no comments, and those of TOML are not read.
      if (isDataFile(pin.file)) return [];
      const comment = ignoreComment(text, pin, othersOf(view, views));
      return comment === null ? [] : [comment];
    }
    case "convert-to-sri":
      return sriConversion(textOf, pin) ?? [];
    case "add-arch":
      return addArch(text, view);
    case "write-computed-hash":
      return writeComputedHash(textOf, view, views);
    case "mend-name":
      return inOrder(mendImageName(textOf, pin)?.edits ?? []);
    case "mend-platform":
      return mendPlatform(textOf, pin)?.edits ?? [];
    case "move-override":
      return moveOverride(text, pin) ?? [];
    case "mend-container-image":
      return mendContainerImage(textOf, pin);
  }
}

/** States the platform that the pin is for, so that its hash is the same wherever it is evaluated. */
function addArch(text: string, { pin, assessment }: PinView): TextEdit[] {
  if (assessment.image === null || pin.arch.state !== "absent" || isDataFile(pin.file)) return [];
  const { os, architecture } = assessment.image.platform;
  const wanted = [
    ...(os === "linux" || pin.os.state !== "absent" ? [] : [["os", os] as const]),
    ["arch", architecture] as const,
  ];
  const added = wanted.map(([name, value]) => insertionOf(text, pin, name, value));
  const [first] = added;
  if (first === undefined || first === null || added.some((one) => one?.offset !== first.offset)) return [];
  const newText = added.map((one) => one?.text ?? "").join("");
  return [{ file: pin.file, range: { start: first.offset, end: first.offset }, oldText: "", newText }];
}

/** The hashes that a verification computed for the pinned digests, where the pin states others; null without one. */
export function verifiedChange(view: PinView): PinChange | null {
  if (view.variants.length === 0) return computedChange(view);
  const computed = view.variants.map(computedChange);
  const changes = view.variants.map((variant, index) => computed[index] ?? statedChange(variant));
  const known = changes.filter((change) => change !== null);
  return known.length < changes.length || computed.every((change) => change === null) ? null : combineChanges(known);
}

function computedChange({ assessment, verification }: PinView): PinChange | null {
  const imageDigest = assessment.image?.digest ?? null;
  if (verification?.status !== "wrongHash" || verification.computedHash === null || imageDigest === null) return null;
  return { imageDigest, hash: verification.computedHash };
}

function statedChange({ assessment: { image } }: PinView): PinChange | null {
  return image?.digest == null || image.hash === null ? null : { imageDigest: image.digest, hash: image.hash };
}

function writeComputedHash(textOf: TextOf, view: PinView, views: readonly PinView[]): readonly TextEdit[] {
  const change = verifiedChange(view);
  return change === null ? [] : planEdits(textOf, [{ pin: view.pin, change }], othersOf(view, views)).edits;
}

function othersOf(view: PinView, views: readonly PinView[]): Pin[] {
  return views.map(({ pin }) => pin).filter((pin) => pin !== view.pin);
}

function inOrder(edits: readonly TextEdit[]): readonly TextEdit[] {
  return edits.toSorted((one, other) => one.range.start - other.range.start);
}
