/** Where a JSON value stands in a document, in bytes or, of a text, in UTF-16 units; `end` exclusive. */
export type JsonSpan =
  | { readonly kind: "object"; readonly start: number; readonly end: number; readonly members: readonly JsonMember[] }
  | { readonly kind: "array"; readonly start: number; readonly end: number; readonly items: readonly JsonSpan[] }
  | {
      readonly kind: "string" | "number" | "true" | "false" | "null";
      readonly start: number;
      readonly end: number;
    };

export interface JsonMember {
  /** Un-escaped; bytes that are not UTF-8 read as U+FFFD, as Go does. */
  readonly key: string;
  /** Where the key's opening quote is. */
  readonly start: number;
  readonly value: JsonSpan;
}

/** Go's encoding/json refuses what is nested deeper. */
const DEPTH_LIMIT = 10_000;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const LITERALS = new Map<number, "true" | "false" | "null">([
  [0x74, "true"],
  [0x66, "false"],
  [0x6e, "null"],
]);

/** A container whose end has not been read yet. */
type OpenContainer =
  | { readonly kind: "object"; readonly start: number; readonly members: JsonMember[]; key: string; keyStart: number }
  | { readonly kind: "array"; readonly start: number; readonly items: JsonSpan[] };

/**
 * Reads one JSON document as Go's encoding/json accepts it, keeping duplicate keys; null when it is not one.
 * Strings may hold bytes that are not UTF-8; a byte order mark, text after the value, and nesting deeper than 10000
 * are refused. Source: the scanner of encoding/json.
 */
export function readJsonSpans(bytes: Uint8Array): JsonSpan | null {
  return scan(asLatin1(bytes), (content) => unescaped(Buffer.from(content, "latin1").toString("utf8")));
}

/** As `readJsonSpans`, of a text. */
export function readJsonTextSpans(text: string): JsonSpan | null {
  return scan(text, unescaped);
}

/** The text of a span whose kind is "string", un-escaped as member keys are. */
export function jsonStringAt(bytes: Uint8Array, span: JsonSpan): string {
  return unescaped(bufferOf(bytes).toString("utf8", span.start + 1, span.end - 1));
}

/** As `jsonStringAt`, of a text. */
export function jsonStringIn(text: string, span: JsonSpan): string {
  return unescaped(text.slice(span.start + 1, span.end - 1));
}

/** A character per byte, so that offsets in it are those of the bytes. */
function asLatin1(bytes: Uint8Array): string {
  return bufferOf(bytes).toString("latin1");
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** `decode` makes a key of what stands between its quotes. */
function scan(text: string, decode: (content: string) => string): JsonSpan | null {
  const open: OpenContainer[] = [];
  let at = skipSpace(text, 0);
  for (;;) {
    let value: JsonSpan | null;
    const opened = openContainer(text.charCodeAt(at), at);
    if (opened !== null) {
      if (open.length === DEPTH_LIMIT) return null;
      at = skipSpace(text, at + 1);
      if (text.charCodeAt(at) === closingUnit(opened)) {
        value = closeContainer(opened, at + 1);
      } else {
        open.push(opened);
        at = startElement(text, opened, at, decode);
        if (at < 0) return null;
        continue;
      }
    } else {
      value = readScalar(text, at);
      if (value === null) return null;
    }
    // The value may be the last of its container, and that the last of its own.
    for (;;) {
      at = skipSpace(text, value.end);
      const parent = open.at(-1);
      if (parent === undefined) return at === text.length ? value : null;
      if (parent.kind === "object") parent.members.push({ key: parent.key, start: parent.keyStart, value });
      else parent.items.push(value);
      if (text.charCodeAt(at) === COMMA) {
        at = startElement(text, parent, skipSpace(text, at + 1), decode);
        if (at < 0) return null;
        break;
      }
      if (text.charCodeAt(at) !== closingUnit(parent)) return null;
      value = closeContainer(parent, at + 1);
      open.pop();
    }
  }
}

function openContainer(unit: number, start: number): OpenContainer | null {
  if (unit === OPEN_BRACE) return { kind: "object", start, members: [], key: "", keyStart: 0 };
  if (unit === OPEN_BRACKET) return { kind: "array", start, items: [] };
  return null;
}

function closingUnit(container: OpenContainer): number {
  return container.kind === "object" ? CLOSE_BRACE : CLOSE_BRACKET;
}

function closeContainer(container: OpenContainer, end: number): JsonSpan {
  const { start } = container;
  if (container.kind === "object") return { kind: "object", start, end, members: container.members };
  return { kind: "array", start, end, items: container.items };
}

/** Reads up to where the next value must start: past the key and colon in an object. Negative when malformed. */
function startElement(text: string, container: OpenContainer, at: number, decode: (content: string) => string): number {
  if (container.kind === "array") return at;
  const end = endOfString(text, at);
  if (end < 0) return -1;
  container.key = decode(text.slice(at + 1, end - 1));
  container.keyStart = at;
  const colon = skipSpace(text, end);
  return text.charCodeAt(colon) === COLON ? skipSpace(text, colon + 1) : -1;
}

function readScalar(text: string, start: number): JsonSpan | null {
  const first = text.charCodeAt(start);
  const literal = LITERALS.get(first);
  if (literal !== undefined) {
    const end = start + literal.length;
    return text.startsWith(literal, start) ? { kind: literal, start, end } : null;
  }
  const kind = first === QUOTE ? "string" : "number";
  const end = kind === "string" ? endOfString(text, start) : endOfNumber(text, start);
  return end < 0 ? null : { kind, start, end };
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isJsonSpace(text.charCodeAt(at))) at++;
  return at;
}

/** True for the four characters that JSON allows between tokens. */
export function isJsonSpace(unit: number | undefined): boolean {
  return unit === SPACE || unit === LINE_FEED || unit === CARRIAGE_RETURN || unit === TAB;
}

function endOfString(text: string, start: number): number {
  if (text.charCodeAt(start) !== QUOTE) return -1;
  let at = start + 1;
  for (;;) {
    const unit = text.charCodeAt(at);
    // Past the end there is no number at all.
    if (!(unit >= SPACE)) return -1;
    if (unit === QUOTE) return at + 1;
    if (unit !== BACKSLASH) {
      at++;
      continue;
    }
    const length = escapeLength(text, at);
    if (length < 0) return -1;
    at += length;
  }
}

function escapeLength(text: string, backslash: number): number {
  const escaped = text.charAt(backslash + 1);
  if (escaped !== "u") return escaped !== "" && '"\\/bfnrt'.includes(escaped) ? 2 : -1;
  for (let digit = backslash + 2; digit < backslash + 6; digit++) {
    if (!isHexDigit(text.charCodeAt(digit))) return -1;
  }
  return 6;
}

function endOfNumber(text: string, start: number): number {
  const integer = text.charCodeAt(start) === MINUS ? start + 1 : start;
  let at = text.charCodeAt(integer) === ZERO ? integer + 1 : skipDigits(text, integer);
  if (at >= 0 && text.charCodeAt(at) === POINT) at = skipDigits(text, at + 1);
  if (at >= 0 && (text.charCodeAt(at) === LOWER_E || text.charCodeAt(at) === UPPER_E)) {
    const signed = text.charCodeAt(at + 1) === PLUS || text.charCodeAt(at + 1) === MINUS;
    at = skipDigits(text, at + (signed ? 2 : 1));
  }
  return at;
}

/** Past the digits that start here, of which there must be one; negative otherwise. */
function skipDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text.charCodeAt(at))) at++;
  return at === start ? -1 : at;
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE;
}

function isHexDigit(unit: number): boolean {
  const lower = unit | 0x20;
  return isDigit(unit) || (lower >= 0x61 && lower <= 0x66);
}

/** What stands between the quotes, with lone surrogates as U+FFFD. */
function unescaped(content: string): string {
  if (!content.includes("\\")) return content;
  return (JSON.parse(`"${content}"`) as string).replace(/\p{Surrogate}/gu, "\ufffd");
}
