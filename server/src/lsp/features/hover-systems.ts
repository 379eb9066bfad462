import * as l10n from "@vscode/l10n";
import { shortDigest } from "../../oci/digest.ts";
import { printPlatform } from "../../oci/platform.ts";
import type { PinView } from "../pin-view.ts";
import type { Piece } from "./markup.ts";
import { pinState } from "./pin-state.ts";

type Row = readonly (readonly Piece[])[];

export interface HoverTable {
  readonly header: Row;
  readonly rows: readonly Row[];
}

/** Of a table whose first row stands in the place of the header. */
export const EMPTY_HEADER: Row = [];

/** What a pin is on each of its systems: platform, digest, and how the digest and the hash stand. */
export function systemTable({ variants }: PinView): HoverTable {
  return {
    header: [l10n.t("System"), l10n.t("Platform"), l10n.t("Digest"), l10n.t("State"), l10n.t("Hash")].map(cell),
    rows: variants.map((variant) => {
      const { image } = variant.assessment;
      return [
        value(variant.pin.systems.join(", ")),
        image === null ? cell("") : value(printPlatform(image.platform)),
        image?.digest == null ? cell(l10n.t("missing")) : value(shortDigest(image.digest)),
        cell(digestWord(variant)),
        cell(hashWord(variant)),
      ];
    }),
  };
}

function digestWord(variant: PinView): string {
  switch (variant.check?.result.status) {
    case "fresh":
      return l10n.t("up to date");
    case "stale":
      return l10n.t("stale");
    case "gone":
      return l10n.t("gone");
    case undefined:
      return pinState(variant).kind === "blocked" ? l10n.t("cannot be read") : l10n.t("not checked");
    default:
      return l10n.t("unknown");
  }
}

function hashWord({ assessment: { image }, verification }: PinView): string {
  if (image === null || image.hash === null) return l10n.t("missing");
  if (verification?.status === "verified") return l10n.t("verified");
  return verification?.status === "wrongHash" ? l10n.t("wrong") : l10n.t("not verified");
}

function cell(text: string): readonly Piece[] {
  return [{ text }];
}

function value(text: string): readonly Piece[] {
  return [{ text, isValue: true }];
}
