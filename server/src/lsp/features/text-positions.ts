import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Position, Range } from "vscode-languageserver-types";
import type { TextRange } from "../../nix/pin.ts";

export function toRange(document: TextDocument, { start, end }: TextRange): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

export function toTextRange(document: TextDocument, { start, end }: Range): TextRange {
  return { start: document.offsetAt(start), end: document.offsetAt(end) };
}

/** From the start of a range to its end, or to the end of the line that it starts in. */
export function firstLineOf(document: TextDocument, { start, end }: TextRange): Range {
  const from = document.positionAt(start);
  const to = document.positionAt(end);
  return { start: from, end: to.line === from.line ? to : lineEnd(document, from.line) };
}

/** Behind the last character of a line, its line break left out. */
export function lineEnd(document: TextDocument, line: number): Position {
  const text = document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  return { line, character: text.replace(/[\r\n]+$/, "").length };
}
