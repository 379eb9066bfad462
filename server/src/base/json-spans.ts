/** Where a JSON value stands in a document's bytes, `end` exclusive. */
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

const LITERALS = new Map<number | undefined, "true" | "false" | "null">([
  [0x74, "true"],
  [0x66, "false"],
  [0x6e, "null"],
]);

/** A container whose end has not been read yet. */
type OpenContainer =
  | { readonly kind: "object"; readonly start: number; readonly members: JsonMember[]; key: string }
  | { readonly kind: "array"; readonly start: number; readonly items: JsonSpan[] };

/**
 * Reads one JSON document as Go's encoding/json accepts it, keeping duplicate keys; null when it is not one.
 * Strings may hold bytes that are not UTF-8; a byte order mark, text after the value, and nesting deeper than 10000
 * are refused. Source: the scanner of encoding/json.
 */
export function readJsonSpans(bytes: Uint8Array): JsonSpan | null {
  const open: OpenContainer[] = [];
  let at = skipSpace(bytes, 0);
  for (;;) {
    let value: JsonSpan | null;
    const opened = openContainer(bytes[at], at);
    if (opened !== null) {
      if (open.length === DEPTH_LIMIT) return null;
      at = skipSpace(bytes, at + 1);
      if (bytes[at] === closingByte(opened)) {
        value = closeContainer(opened, at + 1);
      } else {
        open.push(opened);
        at = startElement(bytes, opened, at);
        if (at < 0) return null;
        continue;
      }
    } else {
      value = readScalar(bytes, at);
      if (value === null) return null;
    }
    // The value may be the last of its container, and that the last of its own.
    for (;;) {
      at = skipSpace(bytes, value.end);
      const parent = open.at(-1);
      if (parent === undefined) return at === bytes.length ? value : null;
      if (parent.kind === "object") parent.members.push({ key: parent.key, value });
      else parent.items.push(value);
      if (bytes[at] === COMMA) {
        at = startElement(bytes, parent, skipSpace(bytes, at + 1));
        if (at < 0) return null;
        break;
      }
      if (bytes[at] !== closingByte(parent)) return null;
      value = closeContainer(parent, at + 1);
      open.pop();
    }
  }
}

/** The text of a span whose kind is "string", un-escaped as member keys are. */
export function jsonStringAt(bytes: Uint8Array, span: JsonSpan): string {
  return unescapeString(bytes.subarray(span.start + 1, span.end - 1));
}

function openContainer(byte: number | undefined, start: number): OpenContainer | null {
  if (byte === OPEN_BRACE) return { kind: "object", start, members: [], key: "" };
  if (byte === OPEN_BRACKET) return { kind: "array", start, items: [] };
  return null;
}

function closingByte(container: OpenContainer): number {
  return container.kind === "object" ? CLOSE_BRACE : CLOSE_BRACKET;
}

function closeContainer(container: OpenContainer, end: number): JsonSpan {
  const { start } = container;
  if (container.kind === "object") return { kind: "object", start, end, members: container.members };
  return { kind: "array", start, end, items: container.items };
}

/** Reads up to where the next value must start: past the key and colon in an object. Negative when malformed. */
function startElement(bytes: Uint8Array, container: OpenContainer, at: number): number {
  if (container.kind === "array") return at;
  const end = endOfString(bytes, at);
  if (end < 0) return -1;
  container.key = unescapeString(bytes.subarray(at + 1, end - 1));
  const colon = skipSpace(bytes, end);
  return bytes[colon] === COLON ? skipSpace(bytes, colon + 1) : -1;
}

function readScalar(bytes: Uint8Array, start: number): JsonSpan | null {
  const first = bytes[start];
  const literal = LITERALS.get(first);
  if (literal !== undefined) {
    const end = start + literal.length;
    const matches = Buffer.from(bytes.subarray(start, end)).toString("latin1") === literal;
    return matches ? { kind: literal, start, end } : null;
  }
  const kind = first === QUOTE ? "string" : "number";
  const end = kind === "string" ? endOfString(bytes, start) : endOfNumber(bytes, start);
  return end < 0 ? null : { kind, start, end };
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isJsonSpace(bytes[at])) at++;
  return at;
}

/** True for the four bytes that JSON allows between tokens. */
export function isJsonSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;
}

function endOfString(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== QUOTE) return -1;
  let at = start + 1;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined || byte < SPACE) return -1;
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) {
      at++;
      continue;
    }
    const length = escapeLength(bytes, at);
    if (length < 0) return -1;
    at += length;
  }
}

function escapeLength(bytes: Uint8Array, backslash: number): number {
  const escaped = String.fromCharCode(bytes[backslash + 1] ?? 0);
  if (escaped !== "u") return '"\\/bfnrt'.includes(escaped) ? 2 : -1;
  for (let digit = backslash + 2; digit < backslash + 6; digit++) {
    if (!isHexDigit(bytes[digit])) return -1;
  }
  return 6;
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  const integer = bytes[start] === MINUS ? start + 1 : start;
  let at = bytes[integer] === ZERO ? integer + 1 : skipDigits(bytes, integer);
  if (at >= 0 && bytes[at] === POINT) at = skipDigits(bytes, at + 1);
  if (at >= 0 && (bytes[at] === LOWER_E || bytes[at] === UPPER_E)) {
    const signed = bytes[at + 1] === PLUS || bytes[at + 1] === MINUS;
    at = skipDigits(bytes, at + (signed ? 2 : 1));
  }
  return at;
}

/** Past the digits that start here, of which there must be one; negative otherwise. */
function skipDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(bytes[at])) at++;
  return at === start ? -1 : at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

/** What stands between the quotes, with lone surrogates as U+FFFD. */
function unescapeString(content: Uint8Array): string {
  const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString("utf8");
  if (!text.includes("\\")) return text;
  return (JSON.parse(`"${text}"`) as string).replace(/\p{Surrogate}/gu, "\ufffd");
}
