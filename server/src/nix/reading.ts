import type { Problem } from "../base/errors.ts";
import { callArgumentsOf } from "./call-arguments.ts";
import { evaluationOf } from "./evaluate.ts";
import { type NixParser, openSyntaxTrees, type SyntaxTrees } from "./grammar.ts";
import type { Pin } from "./pin.ts";
import { fileViews, readPin } from "./pin-reading.ts";
import { findPinSites } from "./pin-sites.ts";
import { NO_SOURCE_FILES, type SourceFiles } from "./source.ts";
import type { SyntaxNode } from "./syntax.ts";
import { pinsBySystem, type SystemReading } from "./system-pins.ts";
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
  const viewOf = fileViews();
  const { identifiers, lines } = viewOf(root);
  const argumentsOf = callArgumentsOf(identifiers, root);
  const evaluate = (system: string | null): SystemReading => {
    const evaluation = evaluationOf(root, argumentsOf, {
      trees,
      files: options.files ?? NO_SOURCE_FILES,
      extraCallees: options.extraCallees ?? [],
      system,
    });
    const isOnlyUsedAs = variableUses(evaluation, viewOf);
    const sites = findPinSites(evaluation, identifiers, argumentsOf);
    return { evaluation, sites, read: (site) => readPin(evaluation, site, isOnlyUsedAs, viewOf) };
  };
  const pins = pinsBySystem(root, evaluate);
  return { pins, problems: syntaxProblems(root, pins, lines.lineOf) };
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
