import { insertionOf } from "../../nix/attribute-insertion.ts";
import { type PinChange, planEdits } from "../../nix/edit.ts";
import type { Pin, TextEdit } from "../../nix/pin.ts";
import type { PinView } from "../pin-view.ts";
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
  | "move-override";

/**
 * The edits of a fix, in the order of the text; empty when there is nothing to fix or no place to fix it.
 *
 * @param text of the document
 * @param views of all its pins, since some share a literal
 */
export function offlineEdits(
  fix: OfflineFix,
  text: string,
  view: PinView,
  views: readonly PinView[],
): readonly TextEdit[] {
  const { pin } = view;
  switch (fix) {
    case "ignore": {
      const comment = ignoreComment(text, pin, othersOf(view, views));
      return comment === null ? [] : [comment];
    }
    case "convert-to-sri":
      return sriConversion(text, pin) ?? [];
    case "add-arch":
      return addArch(text, view);
    case "write-computed-hash":
      return writeComputedHash(text, view, views);
    case "mend-name":
      return inOrder(mendImageName(text, pin)?.edits ?? []);
    case "mend-platform":
      return mendPlatform(text, pin)?.edits ?? [];
    case "move-override":
      return moveOverride(text, pin) ?? [];
  }
}

/** States the platform that the pin is for, so that its hash is the same wherever it is evaluated. */
function addArch(text: string, { pin, assessment }: PinView): TextEdit[] {
  if (assessment.image === null || pin.arch.state !== "absent") return [];
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

/** The hash that a verification computed for the pinned digest, where the pin states another; null without one. */
export function verifiedChange({ assessment, verification }: PinView): PinChange | null {
  const imageDigest = assessment.image?.digest ?? null;
  if (verification?.status !== "wrongHash" || verification.computedHash === null || imageDigest === null) return null;
  return { imageDigest, hash: verification.computedHash };
}

function writeComputedHash(text: string, view: PinView, views: readonly PinView[]): readonly TextEdit[] {
  const change = verifiedChange(view);
  return change === null ? [] : planEdits(() => text, [{ pin: view.pin, change }], othersOf(view, views)).edits;
}

function othersOf(view: PinView, views: readonly PinView[]): Pin[] {
  return views.map(({ pin }) => pin).filter((pin) => pin !== view.pin);
}

function inOrder(edits: readonly TextEdit[]): readonly TextEdit[] {
  return edits.toSorted((one, other) => one.range.start - other.range.start);
}
