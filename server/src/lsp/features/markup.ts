import { printable } from "../../base/printable.ts";

/** A piece of a text for people: prose, or a value from a file or registry, perhaps with somewhere to go. */
export interface Piece {
  readonly text: string;
  /** Shown as it is, in a code font. */
  readonly isValue?: boolean;
  /** An https or `command:` URI. */
  readonly target?: string;
}

const LONGEST_PIECE = 400;

/** Pieces, with spaces between, as Markdown in which nothing but what is meant here has a meaning. For a table cell too. */
export function toMarkdown(pieces: readonly Piece[]): string {
  return pieces
    .map(({ text, isValue = false, target }) => {
      const shown = isValue ? codeSpan(text) : escapeMarkdown(text);
      return target === undefined ? shown : `[${shown}](<${escapeTarget(target)}>)`;
    })
    .join(" ");
}

/** Pieces for a client that shows no Markdown; where a piece leads stands behind it. Commands are left out. */
export function toPlainText(pieces: readonly Piece[]): string {
  return pieces
    .filter(({ target }) => !target?.startsWith("command:"))
    .map(({ text, target }) => {
      const shown = plain(text);
      return target === undefined || target === text ? shown : `${shown} ${target}`;
    })
    .join(" ");
}

/** A link to an https page that a label names, under its own address; null for any other text. */
export function linkTo(address: string): Piece | null {
  if (address.length > LONGEST_PIECE || !URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== "https:" || url.username !== "" || url.password !== "") return null;
  return { text: printable(url.href, 100), isValue: true, target: url.href };
}

/** Prose, with whatever Markdown, GitHub's dialect or VS Code's icons would take for their own made harmless. */
export function escapeMarkdown(text: string): string {
  return printable(text, LONGEST_PIECE)
    .replace(/[\\`*_{}[\]<>|~&#!@$]/g, "\\$&")
    .replace(/:(?=\/\/)/g, "\\:")
    .replace(/\bwww\./gi, (www) => `${www.slice(0, 3)}\\.`)
    .replace(/^[-+=]/, "\\$&")
    .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2");
}

/** Its fence is longer than any run of backticks inside. */
function codeSpan(text: string): string {
  const shown = plain(text).replaceAll("|", "\\|");
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const gap = /^`|`$/.test(shown) ? " " : "";
  return shown === "" ? "" : `${fence}${gap}${shown}${gap}${fence}`;
}

function plain(text: string): string {
  return printable(text, LONGEST_PIECE);
}

/** Between `<` and `>`, in a table. */
function escapeTarget(target: string): string {
  return target.replace(/[<>|\\\s]/g, encodeURIComponent);
}
