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

/** The start of a binding: the path before its name, the name, and the equals sign with the gaps around it. */
const BINDING = /^((?:(?:[A-Za-z_][\w'-]*|"[^"\\$]*")\.)*)([A-Za-z_][\w'-]*|"[^"\\$]*")([ \t]*)=([ \t]*)/;

/**
 * Where and how to add `name = "value";` to a pin that has no such attribute: on a line of its own behind its neighbour and
 * that line's comment, indented and aligned as the others are; on the same line where other code follows the neighbour
 * there. Null when none of its attributes stands where the pin does, as
 * when the pin is just a variable.
 *
 * @param text of the pin's file
 */
export function insertionOf(text: string, pin: Pin, name: AddableAttribute, value: string): Insertion | null {
  const siblings = new Map<keyof Pin, TextRange>();
  for (const key of PIN_ATTRIBUTES) {
    const reading = pin[key];
    const statement = reading.state === "absent" ? null : statementOf(text, reading.at, pin.range);
    if (statement !== null) siblings.set(key, statement);
  }
  const ranges = [...siblings.values()].toSorted((one, other) => one.end - other.end);
  const neighbour =
    NEIGHBOURS[name].map((key) => siblings.get(key)).find((range) => range !== undefined) ?? ranges.at(-1);
  if (neighbour === undefined) return null;

  const [, path = "", , gapBefore = " ", gapAfter = " "] = bindingAt(text, neighbour) ?? [];
  const key = path + name;
  const lineFeed = text.indexOf("\n", neighbour.end);
  const lineEnd = text[lineFeed - 1] === "\r" ? lineFeed - 1 : lineFeed;
  if (lineFeed < 0 || !hasOnlyComments(text, neighbour.end, lineEnd)) {
    const space = /\s/.test(text.charAt(neighbour.start - 1)) ? " " : "";
    return { offset: neighbour.end, text: `${space}${key}${narrow(gapBefore)}=${narrow(gapAfter)}"${value}";` };
  }
  const column = alignedColumn(text, ranges);
  const gap = column === null ? narrow(gapBefore) : " ".repeat(Math.max(1, column - key.length));
  const lineBreak = text.slice(lineEnd, lineFeed + 1);
  return {
    offset: lineEnd,
    text: `${lineBreak}${indentation(text, neighbour, ranges)}${key}${gap}=${narrow(gapAfter)}"${value}";`,
  };
}

/** The whole `name = value;` or, of a name in it, `inherit …;`; null when it is neither or not a part of the pin. */
function statementOf(text: string, at: TextRange, pin: TextRange): TextRange | null {
  if (at.start < pin.start || at.end > pin.end) return null;
  if (bindingAt(text, at) !== null) return at;
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
