import type { Problem } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { count } from "../base/quantities.ts";
import type { FileProblem } from "../files/file-problem.ts";
import type { Pin } from "../nix/pin.ts";
import { labelOf } from "../pins/label.ts";
import { paintWord } from "./style.ts";
import type { OutputStream } from "./terminal.ts";

type Word = Parameters<typeof paintWord>[1];

const WORD_WIDTH = "would update".length + 2;

/** What one pin's line says. */
export interface PinLine {
  readonly pin: Pin;
  readonly word: Word;
  /** What changed or would change. */
  readonly detail: string | null;
  readonly problem: Problem | null;
  readonly warnings: readonly string[];
}

/** One line per pin, and further ones for the reason and for warnings where there are any. */
export function writePinLine({ pin, word, detail, problem, warnings }: PinLine, stream: OutputStream): void {
  const { style } = stream;
  const place = style.bold(`${pin.file}:${pin.line}`);
  const parts = [place, labelOf(pin), ...(detail === null ? [] : [detail])];
  stream.write(`${paintWord(style, word, WORD_WIDTH)}${parts.join("  ")}\n`);
  const notes = [...(problem === null ? [] : [`${problem.message} [${problem.code}]`]), ...warnings];
  for (const note of notes) stream.write(`${" ".repeat(WORD_WIDTH)}${style.faint(note)}\n`);
}

/** `3 pins: 1 fresh, 2 stale.` with the words in the order of their first appearance. */
export function describeCounts(words: readonly string[]): string {
  if (words.length === 0) return "No pins found.";
  const parts = Object.entries(countWords(words)).map(([word, number]) => `${number} ${word}`);
  return `${count(words.length, "pin")}: ${parts.join(", ")}.`;
}

export function countWords(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

export function writeFileProblems(problems: readonly FileProblem[], stream: OutputStream): void {
  for (const { file, code, message } of problems) {
    stream.write(`${stream.style.bad("dockpin:")} ${printable(file)}: ${message} [${code}]\n`);
  }
}
