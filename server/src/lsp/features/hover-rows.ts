import * as l10n from "@vscode/l10n";
import { formatBytes } from "../../base/quantities.ts";
import { type Digest, shortDigest } from "../../oci/digest.ts";
import { printPlatform } from "../../oci/platform.ts";
import { printRepository } from "../../oci/reference.ts";
import { registryPage } from "../../oci/registry-page.ts";
import type { ImageFacts } from "../../pins/facts.ts";
import type { PinView } from "../pin-view.ts";
import { age, createdTime, exactTime, isEpoch } from "./ages.ts";
import { linkTo, type Piece } from "./markup.ts";

export interface HoverRow {
  readonly label: string;
  readonly pieces: readonly Piece[];
}

export interface RowOptions {
  readonly now: number;
  readonly copyCommand: string | null;
}

const PLATFORMS_SHOWN = 12;

/** What is known, in short rows, the image first; what is not known has none. */
export function hoverRows(view: PinView, options: RowOptions): readonly HoverRow[] {
  const { assessment, facts, newFacts, check, credentialSource } = view;
  const { image } = assessment;
  const newDigest = check?.result.newDigest ?? null;
  const tagDigest = newDigest ?? (check?.result.status === "fresh" ? (image?.digest ?? null) : null);
  return [
    row(l10n.t("Image"), [imageName(view)]),
    ...(image === null ? [] : [row(l10n.t("Platform"), [value(printPlatform(image.platform)), ...assumed(view)])]),
    ...digestRow(l10n.t("Pinned digest"), image?.digest ?? null, options),
    ...digestRow(l10n.t("Digest of the tag"), tagDigest, options),
    ...createdRow(l10n.t("Created"), facts, options.now),
    ...(newDigest === null ? [] : createdRow(l10n.t("New image created"), newFacts, options.now)),
    ...(facts === null ? [] : factRows(facts)),
    ...pageRow(view),
    ...(check === null
      ? []
      : [row(l10n.t("Last checked"), [prose(`${age(check.at, options.now)} (${exactTime(check.at)})`)])]),
    ...(credentialSource === null ? [] : [row(l10n.t("Credentials"), [value(credentialSource)])]),
  ];
}

function imageName({ pin, assessment: { image } }: PinView): Piece {
  if (image !== null) return value(`${printRepository(image.target.repository)}:${image.tag}`);
  return pin.imageName.state === "known" ? value(pin.imageName.value) : prose(l10n.t("its name is computed"));
}

/** Where the platform is nobody's word. */
function assumed({ assessment }: PinView): Piece[] {
  return assessment.image?.platformStated === false ? [prose(l10n.t("(not stated)"))] : [];
}

function digestRow(label: string, digest: Digest | null, { copyCommand }: RowOptions): HoverRow[] {
  if (digest === null) return [];
  if (copyCommand === null) return [row(label, [value(shortDigest(digest))])];
  const target = `command:${copyCommand}?${encodeURIComponent(JSON.stringify([digest]))}`;
  return [row(label, [value(shortDigest(digest)), { text: l10n.t("Copy"), target }])];
}

function createdRow(label: string, facts: ImageFacts | null, now: number): HoverRow[] {
  if (facts === null || facts.created === null) return [];
  if (isEpoch(facts.created)) return [row(label, [prose(l10n.t("reproducible (epoch)"))])];
  const time = createdTime(facts.created);
  return time === null ? [] : [row(label, [prose(`${age(time, now)} (${exactTime(time)})`)])];
}

function factRows(facts: ImageFacts): HoverRow[] {
  const { layers, platforms, labels } = facts;
  const more = platforms.length - PLATFORMS_SHOWN;
  return [
    ...sizeRow(facts),
    ...(layers === null ? [] : [row(l10n.t("Layers"), [prose(String(layers))])]),
    ...(platforms.length === 0
      ? []
      : [
          row(l10n.t("Platforms"), [
            value(platforms.slice(0, PLATFORMS_SHOWN).join(", ")),
            ...(more > 0 ? [prose(l10n.t("and {0} more", more))] : []),
          ]),
        ]),
    ...labelRow(l10n.t("Source"), labels, "source"),
    ...labelRow(l10n.t("Version"), labels, "version"),
    ...labelRow(l10n.t("Revision"), labels, "revision"),
    ...labelRow(l10n.t("Licence"), labels, "licenses"),
  ];
}

function sizeRow({ compressedSize, archiveSize }: ImageFacts): HoverRow[] {
  if (compressedSize === null) return [];
  const size =
    archiveSize === null
      ? l10n.t("{0} compressed", formatBytes(compressedSize))
      : l10n.t("{0} compressed, {1} unpacked", formatBytes(compressedSize), formatBytes(archiveSize));
  return [row(l10n.t("Size"), [prose(size)])];
}

/** The OCI image specification's annotation keys, and their forerunners of label-schema.org. */
const LABEL_KEYS = {
  source: ["org.opencontainers.image.source", "org.label-schema.vcs-url"],
  version: ["org.opencontainers.image.version", "org.label-schema.version"],
  revision: ["org.opencontainers.image.revision", "org.label-schema.vcs-ref"],
  licenses: ["org.opencontainers.image.licenses", "org.label-schema.license"],
} as const;

function labelRow(label: string, labels: ImageFacts["labels"], name: keyof typeof LABEL_KEYS): HoverRow[] {
  const key = LABEL_KEYS[name].find((one) => Object.hasOwn(labels, one) && labels[one]?.trim() !== "");
  const text = key === undefined ? undefined : labels[key];
  return text === undefined ? [] : [row(label, [linkTo(text) ?? value(text)])];
}

function pageRow({ assessment }: PinView): HoverRow[] {
  const page = assessment.image === null ? null : registryPage(assessment.image.target.repository);
  const link = page === null ? null : linkTo(page);
  return link === null ? [] : [row(l10n.t("Page"), [link])];
}

function row(label: string, pieces: readonly Piece[]): HoverRow {
  return { label, pieces };
}

function value(text: string): Piece {
  return { text, isValue: true };
}

function prose(text: string): Piece {
  return { text };
}
