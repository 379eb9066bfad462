import { type JsonSpan, jsonStringIn, readJsonTextSpans } from "../base/json-spans.ts";
import { dataAttribute, integerOf } from "./data-attribute.ts";
import type { SourceText } from "./source.ts";
import { tokenString } from "./strings.ts";
import { type Attribute, known, lazily, unknown, type Value } from "./value.ts";

/** An escape; what Nix refuses is captured: half of a surrogate pair, then a zero byte. */
const ESCAPES =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u(?:([dD][89a-fA-F][\da-fA-F]{2})|(0000))|.)/g;

/**
 * What `builtins.fromJSON` makes of a JSON document, read no further than asked. Unknown: a document that Nix refuses, and
 * in one that it takes, floating-point numbers, integers that don't fit into 64 bits, and members that stand twice.
 * Source: Nix `json-to-value.cc`.
 */
export function jsonValue(source: SourceText): Value {
  const span = readJsonTextSpans(source.text);
  if (span === null) return unknown(`${source.file} is not JSON`);
  for (const [, half, zero] of source.text.matchAll(ESCAPES)) {
    if (half !== undefined) return unknown(`${source.file} has an escape that stands for half a character`);
    if (zero !== undefined) return unknown(`${source.file} has a string with a zero byte`);
  }
  return spanValue(source, span);
}

function spanValue(source: SourceText, span: JsonSpan): Value {
  switch (span.kind) {
    case "object":
      return { kind: "set", attributes: memberAttributes(source, span), unlisted: null };
    case "array":
      return { kind: "list", elements: span.items.map((item) => lazily(() => spanValue(source, item))) };
    case "string":
      return tokenString(jsonStringIn(source.text, span), {
        file: source.file,
        range: { start: span.start, end: span.end },
      });
    case "number":
      return numberValue(source.text.slice(span.start, span.end));
    case "true":
    case "false":
      return { kind: "boolean", value: span.kind === "true" };
    case "null":
      return { kind: "null" };
  }
}

function memberAttributes(source: SourceText, object: JsonSpan & { kind: "object" }): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  for (const { key, start, value } of object.members) {
    const isRepeated = attributes.has(key);
    const thunk = isRepeated
      ? known(unknown(`"${key}" stands twice in one object`))
      : lazily(() => spanValue(source, value));
    attributes.set(key, dataAttribute(source, [{ member: { start, end: value.end }, container: object }], thunk));
  }
  return attributes;
}

function numberValue(digits: string): Value {
  return /[.eE]/.test(digits) ? unknown("it is a number with a fraction or an exponent") : integerOf(BigInt(digits));
}
