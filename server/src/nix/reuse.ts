import type { TreeChange } from "./grammar.ts";
import { movedPins } from "./moved-pins.ts";
import { type OwnString, ownStrings, withOwnString } from "./own-strings.ts";
import type { TextRange } from "./pin.ts";
import type { NixReading } from "./reading.ts";
import type { SyntaxNode } from "./syntax.ts";

/** A reading, and what of its text it depended on; changes where the text does and the reading stays what it is. */
export interface ReusableReading {
  readonly file: string;
  readonly text: string;
  readonly reading: NixReading;
  /** Names that were searched for in all of the text. */
  readonly names: ReadonlySet<string>;
  /** Texts that were searched for, as parts of words too. */
  readonly texts: ReadonlySet<string>;
  /** Lines whose layout or comments were looked at. */
  readonly lines: ReadonlySet<number>;
  readonly isCostly: boolean;
  /** The length of the text when it was read. */
  readonly lengthRead: number;
  /** Nodes whose inside was not looked at, in the order of the text. */
  readonly untouched: Spans;
  /** What can be read again by itself. */
  readonly ownStrings: readonly OwnString[];
}

/** Nodes in the order of the text; numbers side by side, as there are many. */
interface Spans {
  readonly types: readonly string[];
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** The reading of a tree, for use with later trees of the text. */
export function reusable(root: SyntaxNode, reading: NixReading): ReusableReading {
  const nodes = root.untouched();
  return {
    ...root.source,
    reading,
    ...root.footprint,
    lengthRead: root.source.text.length,
    untouched: {
      types: nodes.map(({ type }) => type),
      starts: Int32Array.from(nodes, ({ start }) => start),
      ends: Int32Array.from(nodes, ({ end }) => end),
    },
    ownStrings: root.hasError ? [] : ownStrings(root, reading.pins),
  };
}

/**
 * The reading of a text that has changed: the one before it, moved along with the text, if that did not depend on what has
 * changed; else null. So it is when an edit stays inside of a node that was not looked into, or is white space between
 * tokens; when it touches no line whose comments or layout counted; and when it neither adds nor takes away a word that was
 * searched for. An edit inside of a string that only one attribute of one pin is read from changes just that.
 *
 * @param triggers words that are searched for as parts of other words too
 */
export function reuse(
  earlier: ReusableReading,
  change: TreeChange,
  text: string,
  triggers: readonly string[],
): ReusableReading | null {
  const { start, oldEnd, newEnd } = change;
  // How far an evaluation gets depends on the length of the text.
  if (earlier.isCostly || text.length < earlier.lengthRead / 2) return null;
  const words = [...wordsAround(earlier.text, start, oldEnd), ...wordsAround(text, start, newEnd)];
  const parts = [...triggers, ...earlier.texts];
  if (words.some((word) => earlier.names.has(word) || parts.some((part) => word.includes(part)))) return null;

  const firstLine = lineBreaks(text, 0, start);
  const removed = lineBreaks(earlier.text, start, oldEnd);
  const lines = lineBreaks(text, start, newEnd) - removed;
  const own = ownStringAround(earlier.ownStrings, change);
  const span = own ?? (isLookedAt(earlier.lines, firstLine, removed) ? null : spanAround(earlier, change, text));
  if (span === null) return null;

  const delta = newEnd - oldEnd;
  const moved = movedPins(earlier.reading.pins, earlier.file, { start: span.start, end: span.end, delta, lines, text });
  const written = text.slice(span.start, span.end + delta);
  if (own !== null && /[\r\n]/.test(written)) return null;
  return {
    ...earlier,
    text,
    lines: lines === 0 ? earlier.lines : new Set([...earlier.lines].map((l) => (l > firstLine ? l + lines : l))),
    untouched: movedSpans(earlier.untouched, span, delta),
    ownStrings: earlier.ownStrings.map((each) => ({
      ...each,
      start: each.start >= span.end ? each.start + delta : each.start,
      end: each.end <= span.start ? each.end : each.end + delta,
    })),
    reading: {
      ...earlier.reading,
      pins:
        own === null ? moved : moved.map((pin, index) => (index === own.pin ? withOwnString(pin, own, written) : pin)),
    },
  };
}

function isLookedAt(lines: ReadonlySet<number>, first: number, removed: number): boolean {
  for (let line = first; line <= first + removed; line++) if (lines.has(line)) return true;
  return false;
}

/** What grows or shrinks by an edit that no reading depends on; null if one may. */
function spanAround({ untouched, text: old }: ReusableReading, change: TreeChange, text: string): TextRange | null {
  const { start, oldEnd, newEnd, isBetweenTokens } = change;
  if (isBetweenTokens && /^\s*$/.test(old.slice(start, oldEnd) + text.slice(start, newEnd)))
    return { start, end: oldEnd };
  const index = untouchedAround(untouched, change);
  return index === -1 ? null : { start: untouched.starts[index] ?? start, end: untouched.ends[index] ?? oldEnd };
}

function ownStringAround(strings: readonly OwnString[], change: TreeChange): OwnString | null {
  const { start, oldEnd, newEnd, restructured } = change;
  const found = strings.find((each) => each.start <= start && oldEnd <= each.end);
  if (found === undefined || restructured.length > 0) return null;
  return change.hasNode("string_fragment", found.start, found.end + newEnd - oldEnd) ? found : null;
}

function movedSpans({ types, starts, ends }: Spans, span: TextRange, delta: number): Spans {
  return {
    types,
    starts: starts.map((start) => (start >= span.end ? start + delta : start)),
    ends: ends.map((end) => (end <= span.start ? end : end + delta)),
  };
}

/** The index of the node that an edit stays inside of, so that it ends up as a node of the same type; -1 if there is none. */
function untouchedAround({ types, starts, ends }: Spans, change: TreeChange): number {
  const { start, oldEnd, newEnd, restructured } = change;
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  for (let index = low; index < ends.length; index++) {
    const from = starts[index] ?? 0;
    const to = ends[index] ?? 0;
    if (from > start) break;
    if (to < oldEnd || from === to) continue;
    const end = to + newEnd - oldEnd;
    const isInside = restructured.every((range) => from <= range.start && range.end <= end);
    if (isInside && change.hasNode(types[index] ?? "", from, end)) return index;
  }
  return -1;
}

/** The words that a span is in or next to. */
function wordsAround(text: string, start: number, end: number): string[] {
  let from = start;
  let to = end;
  while (isWordCharacter(text.charCodeAt(from - 1))) from--;
  while (isWordCharacter(text.charCodeAt(to))) to++;
  return text.slice(from, to).match(/[\w'-]+/g) ?? [];
}

function isWordCharacter(code: number): boolean {
  const isLetter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
  return isLetter || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x27 || code === 0x2d;
}

function lineBreaks(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", start); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
