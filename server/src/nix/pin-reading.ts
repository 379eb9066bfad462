import type { Problem } from "../base/errors.ts";
import { type PinReadings, readAttributes } from "./attribute-reading.ts";
import type { Evaluation } from "./evaluation.ts";
import { followedTag, readDirectives } from "./followed-tag.ts";
import { type HashEncoding, parseHash } from "./hash-encoding.ts";
import { type Identifiers, identifiersOf } from "./identifiers.ts";
import { type Lines, linesOf } from "./lines.ts";
import { manifestOf, NO_MANIFEST } from "./manifest-file.ts";
import type { AttributeReading, Pin } from "./pin.ts";
import { commentsBeside, type PinComment } from "./pin-comments.ts";
import { problemsOf } from "./pin-problems.ts";
import { calledElsewhere, type PinSite } from "./pin-sites.ts";
import { siblingImage, tagOfImage } from "./sibling-image.ts";
import type { SourceText } from "./source.ts";
import { boundTo, ineffectiveOverride } from "./surroundings.ts";
import type { SyntaxNode } from "./syntax.ts";
import type { IsOnlyUsedAs } from "./variable-uses.ts";

/** Finds nodes and lines of the files that a reading comes to. */
export interface FileView {
  readonly text: string;
  readonly identifiers: Identifiers;
  readonly lines: Lines;
}

/** The views of files by their trees, each made once. */
export function fileViews(): (node: SyntaxNode) => FileView {
  const views = new Map<string, FileView>();
  return (node) => {
    const { file, text } = node.source;
    const known = views.get(file);
    if (known !== undefined) return known;
    let root = node;
    while (root.parent !== null) root = root.parent;
    const view = { text, identifiers: identifiersOf(text, root), lines: linesOf(text, root.footprint.lines) };
    views.set(file, view);
    return view;
  };
}

/**
 * Reads the pin that stands at a site.
 *
 * @param evaluation null for a site in a data file that no code is known to read
 */
export function readPin(
  evaluation: Evaluation | null,
  site: PinSite,
  isOnlyUsedAs: IsOnlyUsedAs,
  viewOf: (node: SyntaxNode) => FileView,
  linesIn: (source: SourceText) => Lines = ({ text }) => linesOf(text),
): Pin {
  const { place, callee, value, calls } = site;
  const { node } = place;
  const { file, text } = place.source;
  const range = { file, start: place.start, end: place.end };
  const { imageTag, definitions, ...readings } = readAttributes(value, range, calls.length > 0, isOnlyUsedAs);
  const view = node === null ? null : viewOf(node);
  const lines = view?.lines ?? linesIn(place.source);
  const ends = [
    ...literalEnds(readings.imageDigest, file),
    ...literalEnds(readings.imageName, file),
    ...definitions.filter(({ source }) => source.file === file).map(({ end }) => end),
  ];
  const comments: readonly PinComment[] =
    node === null || view === null ? [] : commentsBeside(text, view.identifiers, lines, node, ends);
  const directives = readDirectives(comments);
  const name = readings.imageName.state === "known" ? readings.imageName.value : null;
  const line = lines.lineOf(range.start);
  const expressions = node === null ? calls : [node, ...calls];
  const image = evaluation === null ? null : siblingImage(evaluation, viewOf, expressions);
  const manifest = evaluation === null ? NO_MANIFEST : manifestOf(evaluation, callee, value);
  return {
    file,
    range: { start: place.start, end: place.end },
    line: line + 1,
    column: range.start - lines.startOf(line) + 1,
    callee,
    calledAt: calledElsewhere(site),
    pulledThrough: site.pulledThrough.map(({ source, start, end }) => ({ file: source.file, start, end })),
    systems: [],
    variants: [],
    ...readings,
    registryUrl: callee === "nix2container.pullImageFromManifest" ? readings.registryUrl : { state: "absent" },
    manifestFile: manifest.file,
    hashEncoding: encodingOf(readings),
    followedTag: followedTag(directives, { ...readings, imageTag }, comments, name, () => tagOfImage(image)),
    siblingImage: image?.literal == null ? null : { literal: image.literal, value: image.value },
    boundTo: node === null ? boundToCall(calls) : boundTo(text, node),
    ineffectiveOverride: overrideOf(site),
    ignored: directives.ignored,
    platformDirective: directives.platform,
    problems: [
      ...problemsOf(node, callee, value, { ...readings, imageTag, definitions }, directives),
      ...unreadManifest(manifest.reason),
    ],
  };
}

/** Of the only call, where its argument stands in the same file as the values. */
function overrideOf({ place, argument, calls }: PinSite): Pin["ineffectiveOverride"] {
  const own = place.node === null ? null : ineffectiveOverride(place.source.text, place.node);
  if (own !== null || calls.length !== 1 || argument.node === null) return own;
  return argument.source.file === place.source.file ? ineffectiveOverride(place.source.text, argument.node) : null;
}

function boundToCall([call]: readonly SyntaxNode[]): string | null {
  return call === undefined ? null : boundTo(call.source.text, call);
}

function unreadManifest(reason: string | null): Problem[] {
  return reason === null ? [] : [{ code: "pin-computed", message: `imageManifest cannot be read: ${reason}` }];
}

function encodingOf({ hash, hashAttribute }: Pick<PinReadings, "hash" | "hashAttribute">): HashEncoding | null {
  if (hash.state !== "known" || hashAttribute === null) return null;
  const parsed = parseHash(hash.value, hashAttribute);
  return parsed.ok ? parsed.value.encoding : null;
}

/** A variable's value has its remark where it is written. */
function literalEnds(reading: AttributeReading, file: string): number[] {
  if (reading.state !== "known" || reading.editable === null || reading.editable.file !== file) return [];
  return [reading.editable.range.end];
}
