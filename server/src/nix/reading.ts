import type { Problem } from "../base/errors.ts";
import { type PinReadings, readAttributes } from "./attribute-reading.ts";
import { callArgumentsOf } from "./call-arguments.ts";
import { evaluationOf } from "./evaluate.ts";
import { followedTag, readDirectives } from "./followed-tag.ts";
import { type NixParser, openSyntaxTrees, type SyntaxTrees } from "./grammar.ts";
import { type HashEncoding, parseHash } from "./hash-encoding.ts";
import { identifiersOf } from "./identifiers.ts";
import { linesOf } from "./lines.ts";
import type { AttributeReading, Literal, Pin, TextRange } from "./pin.ts";
import { commentsBeside } from "./pin-comments.ts";
import { problemsOf } from "./pin-problems.ts";
import { findPinSites, type PinSite } from "./pin-sites.ts";
import { siblingImageTag } from "./sibling-image.ts";
import { NO_SOURCE_FILES, type SourceFiles } from "./source.ts";
import { literalKey } from "./strings.ts";
import { boundTo, ineffectiveOverride } from "./surroundings.ts";
import type { SyntaxNode } from "./syntax.ts";
import { variableUses } from "./variable-uses.ts";

export { loadNixParser, type NixParser } from "./grammar.ts";

/** What was read in one file: its pins in the order of the text, and what hindered the reading of the whole file. */
export interface NixReading {
  readonly pins: readonly Pin[];
  readonly problems: readonly Problem[];
}

export interface ReadingOptions {
  /** Functions that take what `pullImage` takes, by a name or a path of names: `fetchImage`, `lib.pullPinned`. */
  readonly extraCallees?: readonly string[];
  /** Without it, what comes from other files is unknown. */
  readonly files?: SourceFiles;
}

/** Reads all pins of a text. Never throws on bad input. `file` only names it in literals. */
export function readNixFile(parser: NixParser, file: string, text: string, options: ReadingOptions = {}): NixReading {
  const trees = openSyntaxTrees(parser);
  try {
    return readSyntaxTree(trees.parse({ file, text }), trees, options);
  } finally {
    trees.close();
  }
}

/** As `readNixFile`, of the text's tree. `trees` are of the files that it refers to. */
export function readSyntaxTree(root: SyntaxNode, trees: SyntaxTrees, options: ReadingOptions): NixReading {
  const { file, text } = root.source;
  const lines = linesOf(text, root.footprint.lines);
  const identifiers = identifiersOf(text, root);
  const argumentsOf = callArgumentsOf(text, identifiers, root);
  const evaluation = evaluationOf(root, argumentsOf, {
    trees,
    files: options.files ?? NO_SOURCE_FILES,
    extraCallees: options.extraCallees ?? [],
    system: null,
  });
  const isOnlyUsedAs = variableUses(evaluation, identifiers);

  const readPin = (site: PinSite): Pin => {
    const { node, callee, value } = site;
    const range = { file, start: node.start, end: node.end };
    const { imageTag, definitions, ...readings } = readAttributes(value, range, site.isCalled, isOnlyUsedAs);
    const comments = commentsBeside(text, identifiers, lines, node, [
      ...literalEnds(readings.imageDigest),
      ...literalEnds(readings.imageName),
      ...definitions.map(({ end }) => end),
    ]);
    const directives = readDirectives(comments);
    const name = readings.imageName.state === "known" ? readings.imageName.value : null;
    const line = lines.lineOf(range.start);
    return {
      file,
      range: { start: node.start, end: node.end },
      line: line + 1,
      column: range.start - lines.startOf(line) + 1,
      callee,
      calledAt: [],
      systems: [],
      variants: [],
      ...readings,
      manifestFile: null,
      registryUrl: { state: "absent" },
      siblingImage: null,
      hashEncoding: encodingOf(readings),
      followedTag: followedTag(directives, { ...readings, imageTag }, comments, name, () =>
        siblingImageTag(evaluation, identifiers, node),
      ),
      boundTo: boundTo(text, node),
      ineffectiveOverride: ineffectiveOverride(text, node),
      ignored: directives.ignored,
      platformDirective: directives.platform,
      problems: problemsOf(node, value, { ...readings, imageTag, definitions }, directives),
    };
  };

  const read = findPinSites(evaluation, identifiers, argumentsOf).map((site) => ({ site, pin: readPin(site) }));
  const pins = withoutSources(read);
  return { pins, problems: syntaxProblems(root, pins, lines.lineOf) };
}

function encodingOf({ hash, hashAttribute }: Omit<PinReadings, "imageTag" | "definitions">): HashEncoding | null {
  if (hash.state !== "known" || hashAttribute === null) return null;
  const parsed = parseHash(hash.value, hashAttribute);
  return parsed.ok ? parsed.value.encoding : null;
}

interface ReadSite {
  readonly site: PinSite;
  readonly pin: Pin;
}

/**
 * Leaves out sets that are no pins themselves, but where other pins of the file get their digest and hash from by
 * `inherit (set)` or selection: those without a name where others have one, and those that no call takes where calls take the others.
 */
function withoutSources(read: readonly ReadSite[]): Pin[] {
  const called = new Set<string>();
  const named = new Set<string>();
  for (const { site, pin } of read) {
    for (const key of updatedLiterals(pin).map(literalKey)) {
      if (site.isCalled) called.add(key);
      if (pin.imageName.state === "known") named.add(key);
    }
  }
  const isSource = ({ site, pin }: ReadSite) => {
    if (site.isCalled) return false;
    const isNameless = pin.imageName.state !== "known";
    const own = updatedLiterals(pin).filter(isIn(pin.range)).map(literalKey);
    return own.length > 0 && own.every((key) => called.has(key) || (isNameless && named.has(key)));
  };
  return read.filter((each) => !isSource(each)).map(({ pin }) => pin);
}

/** A variable's value has its remark where it is written. */
function literalEnds(reading: AttributeReading): number[] {
  return reading.state === "known" && reading.editable !== null ? [reading.editable.range.end] : [];
}

function updatedLiterals(pin: Pin): readonly Literal[] {
  return [...literalsOf(pin.imageDigest), ...literalsOf(pin.hash)];
}

function literalsOf(reading: AttributeReading): readonly Literal[] {
  return reading.state === "known" ? reading.provenance : [];
}

function isIn(outer: TextRange): (literal: Literal) => boolean {
  return ({ range }) => outer.start <= range.start && range.end <= outer.end;
}

/** The first syntax error that no pin reports. */
function syntaxProblems(root: SyntaxNode, pins: readonly Pin[], lineOf: (offset: number) => number): Problem[] {
  const broken = pins.filter((pin) => pin.problems.some(({ code }) => code === "syntax-error"));
  const isReported = ({ start, end }: SyntaxNode) =>
    broken.some(({ range }) => range.start <= start && end <= range.end);
  const error = firstError(root, isReported);
  if (error === null) return [];
  const message = `There is a syntax error in line ${lineOf(error.start) + 1}; pins around it may not have been found.`;
  return [{ code: "syntax-error", message }];
}

function firstError(root: SyntaxNode, isReported: (node: SyntaxNode) => boolean): SyntaxNode | null {
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (!node.hasError || isReported(node)) continue;
    if (node.isError) return node;
    for (const child of node.children.toReversed()) pending.push(child);
  }
  return null;
}
