import { Edit, type Point } from "web-tree-sitter";

/** What differs between two texts: a span of the old one, and where what replaced it ends in the new one. UTF-16 units. */
export interface ChangedSpan {
  readonly start: number;
  readonly oldEnd: number;
  readonly newEnd: number;
}

/** The smallest span that differs between two texts, never between the two halves of a character. */
export function changedSpan(old: string, text: string): ChangedSpan {
  const shortest = Math.min(old.length, text.length);
  let start = longest(shortest, (from, length) => old.slice(from, length) === text.slice(from, length));
  if (start > 0 && (isLowSurrogate(old.charCodeAt(start)) || isLowSurrogate(text.charCodeAt(start)))) start--;
  const fromEnd = (of: string, from: number, length: number) => of.slice(of.length - length, of.length - from);
  let kept = longest(shortest - start, (from, length) => fromEnd(old, from, length) === fromEnd(text, from, length));
  if (isLowSurrogate(old.charCodeAt(old.length - kept))) kept--;
  return { start, oldEnd: old.length - kept, newEnd: text.length - kept };
}

/** Whether two texts differ in a span only. */
export function isSameOutside(old: string, text: string, { start, oldEnd, newEnd }: ChangedSpan): boolean {
  return old.slice(0, start) === text.slice(0, start) && old.slice(oldEnd) === text.slice(newEnd);
}

/** An edit as the parser wants to be told of it. */
export function editOf(old: string, text: string, { start, oldEnd, newEnd }: ChangedSpan): Edit {
  return new Edit({
    startIndex: start,
    oldEndIndex: oldEnd,
    newEndIndex: newEnd,
    startPosition: pointAt(old, start),
    oldEndPosition: pointAt(old, oldEnd),
    newEndPosition: pointAt(text, newEnd),
  });
}

/** The greatest length up to `limit` for which two texts are the same. Comparing slices is faster than characters. */
function longest(limit: number, isSame: (from: number, length: number) => boolean): number {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (isSame(low, middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

function pointAt(text: string, index: number): Point {
  let row = 0;
  let lineStart = 0;
  for (let end = text.indexOf("\n"); end >= 0 && end < index; end = text.indexOf("\n", lineStart)) {
    row++;
    lineStart = end + 1;
  }
  return { row, column: index - lineStart };
}
