import { performance } from "node:perf_hooks";
import { TextDocument } from "vscode-languageserver-textdocument";
import { codeLenses } from "../../server/src/lsp/features/code-lens.ts";
import { diagnostics } from "../../server/src/lsp/features/diagnostics.ts";
import { createPinKnowledge } from "../../server/src/lsp/pin-knowledge.ts";
import { viewPins } from "../../server/src/lsp/pin-views.ts";
import { DEFAULT_SETTINGS } from "../../server/src/lsp/settings-reading.ts";
import { openNixDocument } from "../../server/src/nix/document.ts";
import type { Pin } from "../../server/src/nix/pin.ts";
import { readNixFile } from "../../server/src/nix/reading.ts";
import { type RandomBelow, seededRandom } from "../support/images/random.ts";
import { generatedModule } from "../support/nix/generated-nix.ts";
import { benchParser } from "./parser.ts";
import { type BenchResult, type Goal, inMilliseconds, median } from "./result.ts";

const LINES = 10_000;
const EDITS_PER_ROUND = 20;
const URI = "file:///bench/module.nix";

/** Where a character is typed. */
const PLACES: Readonly<Record<string, (text: string, below: RandomBelow) => number>> = {
  "in any word of the file": (text, below) => {
    const from = below(text.length);
    return from + text.slice(from).search(/(?<=\w)/);
  },
  "in a comment": (text, below) => behindOneOf(text, below, /^ {2}# \w+ /gm),
  "in a string that is no pin's": (text, below) => behindOneOf(text, below, /ExecStart = "\$\{pkgs\.\w+\}\/bin\/\w/g),
  "in a comment beside a pin": (text, below) => behindOneOf(text, below, /imageDigest = .* # \d/g),
  "in a pin's tag": (text, below) => behindOneOf(text, below, /finalImageTag = "\d/g),
};

/**
 * What it costs to know the lenses and offline diagnostics of a file of 10,000 lines after a character was typed into it,
 * against a full parse and evaluation of that file with the same lenses and diagnostics.
 */
export async function benchKeystroke(rounds: number): Promise<BenchResult> {
  const parser = await benchParser();
  const table = [["", "full reading", ...Object.keys(PLACES)]];
  const figures: Record<string, number> = {};
  const goals: Goal[] = [];
  for (const pins of [20, 300]) {
    const text = generatedModule(pins, LINES, pins);
    const fresh = median(times(rounds + 2, () => show(text, readNixFile(parser, URI, text).pins)));
    figures[`full.${pins}`] = fresh;
    const row = [`${pins} pins`, inMilliseconds(fresh)];
    for (const [name, place] of Object.entries(PLACES)) {
      const below = seededRandom(pins);
      const document = openNixDocument(parser, URI);
      let edited = text;
      const type = () => {
        document.read(text);
        const at = place(text, below);
        edited = flat(`${text.slice(0, at)}x${text.slice(at)}`);
      };
      const cost = median(times(rounds * EDITS_PER_ROUND, () => show(edited, document.read(edited).pins), type));
      document.close();
      figures[`${name}.${pins}`] = cost;
      row.push(`${inMilliseconds(cost)} (${(cost / fresh).toFixed(2)})`);
      if (name === "in any word of the file") {
        goals.push({ name: `keystroke / full reading, ${pins} pins`, figure: cost / fresh, atMost: 0.1 });
      }
    }
    table.push(row);
  }
  return {
    title: `Keystroke in a file of ${LINES} lines: lenses and offline diagnostics, median`,
    table,
    figures,
    goals,
  };
}

/** What the language server makes of pins for an editor. */
function show(text: string, pins: readonly Pin[]): number {
  const document = TextDocument.create(URI, "nix", 1, text);
  const knowledge = createPinKnowledge(() => {});
  const views = viewPins(pins, DEFAULT_SETTINGS, knowledge, "module.nix");
  return codeLenses(document, views).length + diagnostics(document, views, DEFAULT_SETTINGS, []).length;
}

/** How long each of several runs takes, in milliseconds. */
function times(count: number, work: () => unknown, before: () => void = () => {}): number[] {
  return Array.from({ length: count }, () => {
    before();
    const start = performance.now();
    work();
    return performance.now() - start;
  });
}

function behindOneOf(text: string, below: RandomBelow, pattern: RegExp): number {
  const found = [...text.matchAll(pattern)];
  const match = found[below(found.length)];
  if (match === undefined) throw new Error(`Nothing in the text is like ${pattern}`);
  return match.index + match[0].length;
}

/** A text as an editor has it, rather than as pieces that the first look puts together. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
