import type { PinStatus } from "../pins/status.ts";
import type { UpdateOutcome } from "../pins/update.ts";

export interface Style {
  good(text: string): string;
  bad(text: string): string;
  attention(text: string): string;
  faint(text: string): string;
  bold(text: string): string;
}

/** ANSI colours, or none. */
export function createStyle(coloured: boolean): Style {
  const sgr = (start: number, end: number) => (text: string) =>
    coloured && text !== "" ? `\u001b[${start}m${text}\u001b[${end}m` : text;
  return { good: sgr(32, 39), bad: sgr(31, 39), attention: sgr(33, 39), faint: sgr(2, 22), bold: sgr(1, 22) };
}

/** Whether a stream gets colours: `NO_COLOR` and `FORCE_COLOR` as their sites define them, else on a terminal only. */
export function wantsColours(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}

type Word = PinStatus | UpdateOutcome | "verified" | "would update";

/** The word for a pin, in the colour of what it means. */
export function paintWord(style: Style, word: Word, width: number): string {
  const padded = word.padEnd(width);
  switch (word) {
    case "fresh":
    case "verified":
    case "updated":
    case "would update":
      return style.good(padded);
    case "stale":
    case "incomplete":
      return style.attention(padded);
    case "gone":
    case "wrongHash":
    case "failed":
      return style.bad(padded);
    case "unknown":
    case "computed":
      return style.attention(padded);
    case "unchecked":
    case "unchanged":
    case "skipped":
    case "ignored":
      return style.faint(padded);
  }
}
