import { type HashAttribute, PIN_ATTRIBUTES, type Pin, type TextRange } from "./pin.ts";

/** What can be added to a pin. */
export type AddableAttribute = "imageDigest" | HashAttribute | "finalImageTag" | "os" | "arch";

/** Text to put in at an offset. */
export interface Insertion {
  readonly offset: number;
  readonly text: string;
}

/** The attributes beside which each is at home, the best first; others go behind the pin's last. */
const NEIGHBOURS = {
  imageDigest: ["imageName"],
  hash: ["imageDigest", "imageName"],
  sha256: ["imageDigest", "imageName"],
  outputHash: ["imageDigest", "imageName"],
  finalImageTag: ["finalImageName"],
  os: [],
  arch: ["os"],
} as const satisfies Record<AddableAttribute, readonly (keyof Pin)[]>;

/**
 * The start of a binding of Nix or TOML: the path before its name, the name, and the equals sign with the gaps around it.
 */
const BINDING =
  /^((?:(?:[\w][\w'-]*|"[^"\\$]*"|'[^'\n]*')[ \t]*\.[ \t]*)*)([\w][\w'-]*|"[^"\\$]*"|'[^'\n]*')([ \t]*)=([ \t]*)/;
/** The start of a member of a JSON object: its key, and the colon with the gaps around it. */
const MEMBER = /^"([^"\\]*)"([ \t]*):([ \t]*)/;
const HASH_NAMES: readonly string[] = ["hash", "sha256", "outputHash"];

/**
 * Where and how to add `name = "value";` to a pin that has no such attribute: on a line of its own behind its neighbour and
 * that line's comment, indented and aligned as the others are; on the same line where other code follows the neighbour
 * there. In JSON and TOML as those want it. Null when none of its attributes stands where the pin does under its own name, as
 * when the pin is just a variable.
 *
 * @param text of the pin's file
 */
export function insertionOf(text: string, pin: Pin, name: AddableAttribute, value: string): Insertion | null {
  const siblings = new Map<keyof Pin, TextRange>();
  for (const key of PIN_ATTRIBUTES) {
    const reading = pin[key];
    if (reading.state === "absent" || reading.at.file !== pin.file) continue;
    const statement = statementOf(text, reading.at, pin.range, key === "hash" ? HASH_NAMES : [key]);
    if (statement !== null) siblings.set(key, statement);
  }
  const ranges = [...siblings.values()].toSorted((one, other) => one.end - other.end);
  const neighbour =
    NEIGHBOURS[name].map((key) => siblings.get(key)).find((range) => range !== undefined) ?? ranges.at(-1);
  if (neighbour === undefined) return null;
  const quoted = `"${value}"`;
  if (memberAt(text, neighbour) !== null) return memberInsertion(text, neighbour, name, quoted);

  const terminator = text[neighbour.end - 1] === ";" ? ";" : "";
  const [, path = "", , gapBefore = " ", gapAfter = " "] = bindingAt(text, neighbour) ?? [];
  const key = path + name;
  const lineFeed = text.indexOf("\n", neighbour.end);
  const lineEnd = endOfLine(text, lineFeed);
  const isLast = terminator === ";" ? lineFeed < 0 : !isFirstOnLine(text, neighbour);
  if (isLast || !hasOnlyComments(text, neighbour.end, lineEnd)) {
    const space = /\s/.test(text.charAt(neighbour.start - 1)) ? " " : "";
    const comma = terminator === ";" ? "" : ",";
    return {
      offset: neighbour.end,
      text: `${comma}${space}${key}${narrow(gapBefore)}=${narrow(gapAfter)}${quoted}${terminator}`,
    };
  }
  const column = alignedColumn(text, ranges);
  const gap = column === null ? narrow(gapBefore) : " ".repeat(Math.max(1, column - key.length));
  return {
    offset: lineEnd,
    text: `${lineBreakAt(text, neighbour.end)}${indentation(text, neighbour, ranges)}${key}${gap}=${narrow(gapAfter)}${quoted}${terminator}`,
  };
}

/** Behind another member: on a line of its own if that one is. */
function memberInsertion(text: string, neighbour: TextRange, name: string, quoted: string): Insertion {
  const [, , gapBefore = "", gapAfter = " "] = memberAt(text, neighbour) ?? [];
  const member = `"${name}"${gapBefore}:${gapAfter}${quoted}`;
  const separator = isFirstOnLine(text, neighbour)
    ? lineBreakAt(text, neighbour.end) + linePrefix(text, neighbour)
    : narrow(gapAfter);
  return { offset: neighbour.end, text: `,${separator}${member}` };
}

/**
 * The whole `name = value;`, `"name": value` or, of a name in it, `inherit …;`; null when it is none of these, not a part of
 * the pin, or names something else.
 */
function statementOf(text: string, at: TextRange, pin: TextRange, names: readonly string[]): TextRange | null {
  if (at.start < pin.start || at.end > pin.end) return null;
  const written = memberAt(text, at)?.[1] ?? bindingAt(text, at)?.[2];
  if (written !== undefined) return names.includes(written.replace(/^(["'])(.*)\1$/, "$2")) ? at : null;
  if (!names.includes(text.slice(at.start, at.end))) return null;
  const start = text.lastIndexOf("inherit", at.start);
  if (start < pin.start || text.slice(start, at.start).includes(";")) return null;
  const end = endOfStatement(text, at.end);
  return end === null ? null : { start, end };
}

function endOfStatement(text: string, from: number): number | null {
  for (let at = from; at < text.length; at = endOfComment(text, at) ?? at + 1) if (text[at] === ";") return at + 1;
  return null;
}

/** True when a line has nothing but white space and comments from an offset on, and none goes on in the next line. */
function hasOnlyComments(text: string, from: number, lineEnd: number): boolean {
  let at = from;
  while (at < lineEnd) {
    const end = /[ \t]/.test(text.charAt(at)) ? at + 1 : endOfComment(text, at);
    if (end === null) return false;
    if (text[at] === "#") return true;
    at = end;
  }
  return at === lineEnd;
}

/** Null when no comment starts at the offset. */
function endOfComment(text: string, at: number): number | null {
  const [start, close] = text[at] === "#" ? ["#", "\n"] : ["/*", "*/"];
  if (!text.startsWith(start, at)) return null;
  const end = text.indexOf(close, at + start.length);
  return end < 0 ? text.length : end + close.length;
}

/** Before the line break, if there is one. */
function endOfLine(text: string, lineFeed: number): number {
  if (lineFeed < 0) return text.length;
  return text[lineFeed - 1] === "\r" ? lineFeed - 1 : lineFeed;
}

/** As the line ends that an offset is in, or the first of the text. */
function lineBreakAt(text: string, offset: number): string {
  const after = text.indexOf("\n", offset);
  const lineFeed = after < 0 ? text.indexOf("\n") : after;
  return text[lineFeed - 1] === "\r" ? "\r\n" : "\n";
}

function memberAt(text: string, range: TextRange): RegExpExecArray | null {
  return MEMBER.exec(text.slice(range.start, range.end));
}

function bindingAt(text: string, range: TextRange): RegExpExecArray | null {
  return BINDING.exec(text.slice(range.start, range.end));
}

function narrow(gap: string): string {
  return gap.length > 1 ? " " : gap;
}

/** The text before a binding on its line. */
function linePrefix(text: string, binding: TextRange): string {
  return text.slice(text.lastIndexOf("\n", binding.start - 1) + 1, binding.start);
}

function isFirstOnLine(text: string, binding: TextRange): boolean {
  return linePrefix(text, binding).trim() === "";
}

/** Of the neighbour if it begins a line, else of the first binding that does, else up to the neighbour's column. */
function indentation(text: string, neighbour: TextRange, bindings: readonly TextRange[]): string {
  const model = [neighbour, ...bindings].find((binding) => isFirstOnLine(text, binding)) ?? neighbour;
  return linePrefix(text, model).replace(/\S/g, " ");
}

/** The column, from the start of the names, at which all equals signs stand; null when they are not aligned on purpose. */
function alignedColumn(text: string, bindings: readonly TextRange[]): number | null {
  const columns = new Set<number>();
  let isPadded = false;
  for (const binding of bindings) {
    const [, path, name, gap] = bindingAt(text, binding) ?? [];
    if (path === undefined || name === undefined || gap === undefined || !isFirstOnLine(text, binding)) continue;
    if (gap.includes("\t")) return null;
    columns.add(path.length + name.length + gap.length);
    isPadded ||= gap.length > 1;
  }
  const [column] = columns;
  return isPadded && columns.size === 1 && column !== undefined ? column : null;
}
