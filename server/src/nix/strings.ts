import type { Evaluation } from "./evaluation.ts";
import { type StringPart, stripIndentation } from "./indentation.ts";
import type { Literal } from "./pin.ts";
import type { Scope } from "./scope.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type StringValue, SYNTAX_ERROR, unknown, type Value } from "./value.ts";

const LENGTH_LIMIT = 65_536;
const CHARACTERS_PER_STEP = 16;
const PROVENANCE_LIMIT = 256;

/**
 * A string that one token says as a whole.
 *
 * @param quotes the length of the token's quotes, of each of them; 0 for a token without
 */
export function tokenString(text: string, token: Literal, quotes = 1): StringValue {
  return { ...plainString(text), provenance: [token], token, part: bareLiteral(text, token, quotes) };
}

/**
 * What stands between the quotes of a token, if that is the string itself: an escape is always longer than what it stands for.
 * A line break may be written as a carriage return.
 */
function bareLiteral(text: string, { file, range }: Literal, quotes: number): Literal | null {
  const [start, end] = [range.start + quotes, range.end - quotes];
  const isWritten = quotes > 0 && end - start === text.length && !text.includes("\n");
  return isWritten ? { file, range: { start, end }, bare: true } : null;
}

/** Characters of a string, `end` exclusive in UTF-16 units. The token is not the result's, but part of it may be. */
export function sliceOf(value: StringValue, start: number, end: number): StringValue {
  const { provenance, variables, part, isDefault } = value;
  const text = value.text.slice(start, end);
  if (part === null) return { ...plainString(text), provenance, isDefault };
  const range = { start: part.range.start + start, end: part.range.start + start + text.length };
  const slice = { ...part, range };
  return { ...plainString(text), provenance: [slice], variables, isDefault, part: slice };
}

/** A string that no token says, such as an attribute's name. */
export function plainString(text: string): StringValue {
  return {
    kind: "string",
    text,
    provenance: [],
    token: null,
    part: null,
    variables: [],
    isDefault: false,
    source: null,
  };
}

/** Strings put together, as `+` and interpolation do. */
export function concatenate(
  evaluation: Evaluation,
  parts: readonly StringValue[],
  extra: readonly Literal[] = [],
): Value {
  const length = parts.reduce((sum, part) => sum + part.text.length, 0);
  if (length > LENGTH_LIMIT) return unknown("it is too long");
  if (!evaluation.spend(length / CHARACTERS_PER_STEP)) return unknown("it takes too long to work out");
  const literals = new Map(extra.map((literal) => [literalKey(literal), literal]));
  for (const part of parts) {
    for (const literal of part.provenance) literals.set(literalKey(literal), literal);
    if (literals.size > PROVENANCE_LIMIT) return unknown("it is put together from too many strings");
  }
  const text = parts.map((part) => part.text).join("");
  const isDefault = parts.some((part) => part.isDefault);
  return { ...plainString(text), provenance: [...literals.values()], isDefault };
}

/** Whether a string has as many bytes, which is what Nix counts, as characters. */
export function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** The same for the same token. */
export function literalKey(literal: Literal): string {
  return `${literal.range.start}:${literal.file}`;
}

/** The value of a `"…"` or `''…''` expression. */
export function evaluateString(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  const indented = node.type === "indented_string_expression";
  const parts = indented ? indentedParts(evaluation, node) : plainParts(evaluation, node);
  if (parts === null) return unknown("it is an indented string with carriage returns");
  const token = evaluation.literal(node);
  const values: StringValue[] = [];
  for (const part of parts) {
    if (part.kind === "text") {
      if (part.text !== "") values.push(tokenString(part.text, token, 0));
      continue;
    }
    const expression = part.node.child("expression");
    const value = expression === null ? SYNTAX_ERROR : evaluation.evaluate(expression, scope);
    if (value.kind === "unknown") return value;
    if (value.kind !== "string") return unknown("what is interpolated in it is not a string");
    values.push(value);
  }
  const [only] = values;
  const quotes = indented ? 2 : 1;
  if (only === undefined) return tokenString("", token, quotes);
  const interpolates = parts.some((part) => part.kind === "interpolation");
  if (!interpolates) return tokenString(values.map((value) => value.text).join(""), token, quotes);
  // "${x}" is x, and says nothing itself.
  if (values.length === 1 && parts.length === 1) return only;
  return concatenate(evaluation, values, [token]);
}

function plainParts(evaluation: Evaluation, node: SyntaxNode): StringPart[] {
  const parts: StringPart[] = [];
  for (const child of node.children) {
    const text = evaluation.textOf(child);
    if (child.type === "string_fragment") parts.push({ kind: "text", text: withUnixLines(text), escaped: false });
    else if (child.type === "escape_sequence")
      parts.push({ kind: "text", text: unescaped(text[1] ?? ""), escaped: true });
    else if (child.type === "interpolation") parts.push({ kind: "interpolation", node: child });
  }
  return parts;
}

function indentedParts(evaluation: Evaluation, node: SyntaxNode): StringPart[] | null {
  if (evaluation.textOf(node).includes("\r")) return null;
  const parts: StringPart[] = [];
  let afterDollarEscape = false;
  for (const child of node.children) {
    const text = evaluation.textOf(child);
    if (child.type === "string_fragment") parts.push({ kind: "text", text, escaped: afterDollarEscape });
    else if (child.type === "escape_sequence")
      parts.push({ kind: "text", text: unescapedIndented(text), escaped: true });
    else if (child.type === "interpolation") parts.push({ kind: "interpolation", node: child });
    afterDollarEscape = child.type === "dollar_escape";
  }
  return stripIndentation(parts);
}

function unescaped(character: string): string {
  return { n: "\n", r: "\r", t: "\t" }[character] ?? character;
}

function unescapedIndented(sequence: string): string {
  return sequence === "'''" ? "''" : unescaped(sequence[3] ?? "");
}

/** Nix's lexer reads a carriage return, with or without a line feed, as a line feed. */
function withUnixLines(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}
