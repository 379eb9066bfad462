import type { Problem } from "../base/errors.ts";
import { type PinReadings, readAttributes } from "./attribute-reading.ts";
import { callArgumentsOf } from "./call-arguments.ts";
import { evaluationOf } from "./evaluate.ts";
import { followedTag, readDirectives } from "./followed-tag.ts";
import { type NixParser, withSyntaxTree } from "./grammar.ts";
import { type HashEncoding, parseHash } from "./hash-encoding.ts";
import { identifiersOf } from "./identifiers.ts";
import { linesOf } from "./lines.ts";
import type { AttributeReading, Pin } from "./pin.ts";
import { commentsBeside } from "./pin-comments.ts";
import { problemsOf } from "./pin-problems.ts";
import { findPinSites, type PinSite } from "./pin-sites.ts";
import { siblingImageTag } from "./sibling-image.ts";
import { literalKey } from "./strings.ts";
import type { SyntaxNode } from "./syntax.ts";
import { pinVariables } from "./variable-uses.ts";

export { loadNixParser, type NixParser } from "./grammar.ts";

/** What was read in one file: its pins in the order of the text, and what hindered the reading of the whole file. */
export interface NixReading {
  readonly pins: readonly Pin[];
  readonly problems: readonly Problem[];
}

/** Reads all pins of a text. Never throws on bad input. `file` only names it in literals. */
export function readNixFile(parser: NixParser, file: string, text: string): NixReading {
  return withSyntaxTree(parser, text, (root) => {
    const lines = linesOf(text);
    const identifiers = identifiersOf(text, root);
    const evaluation = evaluationOf(file, text, callArgumentsOf(text, identifiers, root));
    const servesPinsOnly = pinVariables(evaluation, identifiers);

    const readPin = (site: PinSite): Pin => {
      const { node, callee, value } = site;
      const range = { start: node.start, end: node.end };
      const { imageTag, definitions, ...readings } = readAttributes(value, range, servesPinsOnly);
      const comments = commentsBeside(text, identifiers, lines, node, definitions);
      const directives = readDirectives(comments);
      const name = readings.imageName.state === "known" ? readings.imageName.value : null;
      const line = lines.lineOf(range.start);
      return {
        file,
        range,
        line: line + 1,
        column: range.start - lines.startOf(line) + 1,
        callee,
        ...readings,
        hashEncoding: encodingOf(readings),
        followedTag: followedTag(directives, { ...readings, imageTag }, comments, name, () =>
          siblingImageTag(evaluation, identifiers, node),
        ),
        ignored: directives.ignored,
        platformDirective: directives.platform,
        problems: problemsOf(node, value, { ...readings, imageTag, definitions }, directives),
      };
    };

    const read = findPinSites(evaluation, identifiers).map((site) => ({ site, pin: readPin(site) }));
    return { pins: withoutSources(read), problems: syntaxProblems(root, lines.lineOf) };
  });
}

function encodingOf({ hash, hashAttribute }: Omit<PinReadings, "imageTag" | "definitions">): HashEncoding | null {
  if (hash.state !== "known" || hashAttribute === null) return null;
  const parsed = parseHash(hash.value, hashAttribute);
  return parsed.ok ? parsed.value.encoding : null;
}

/**
 * Leaves out sets that are no pins themselves, but where other pins of the file get their digest from by `inherit (set)`
 * or selection: sets without a name, or that nobody calls with while the others are called with.
 */
function withoutSources(read: readonly { readonly site: PinSite; readonly pin: Pin }[]): Pin[] {
  const digests = new Map<string, PinSite[]>();
  for (const { site, pin } of read) {
    for (const key of literalKeys(pin.imageDigest)) digests.set(key, [...(digests.get(key) ?? []), site]);
  }
  const isSource = ({ site, pin }: { readonly site: PinSite; readonly pin: Pin }) => {
    if (site.isCalled) return false;
    const readers = literalKeys(pin.imageDigest).flatMap((key) => digests.get(key) ?? []);
    return readers.some((reader) => reader !== site && (reader.isCalled || pin.imageName.state === "absent"));
  };
  return read.filter((each) => !isSource(each)).map(({ pin }) => pin);
}

function literalKeys(reading: AttributeReading): string[] {
  return reading.state === "known" ? reading.provenance.map(literalKey) : [];
}

function syntaxProblems(root: SyntaxNode, lineOf: (offset: number) => number): Problem[] {
  if (!root.hasError) return [];
  let node = root;
  while (!node.isError) {
    const broken = node.children.find(({ hasError }) => hasError);
    if (broken === undefined) break;
    node = broken;
  }
  const line = lineOf(node.start) + 1;
  return [
    {
      code: "syntax-error",
      message: `There is a syntax error in line ${line}; pins around it may not have been found.`,
    },
  ];
}
