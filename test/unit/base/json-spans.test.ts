import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JsonSpan, jsonStringAt, readJsonSpans } from "../../../server/src/base/json-spans.ts";

/** Bytes as characters, so that what is not UTF-8 can be written too. */
function bytesOf(latin1: string): Uint8Array {
  return Buffer.from(latin1, "latin1");
}

/** What the spans say, as a plain value; only for documents without duplicate keys. */
function plainValue(bytes: Uint8Array, span: JsonSpan): unknown {
  if (span.kind === "object") {
    return Object.fromEntries(span.members.map(({ key, value }) => [key, plainValue(bytes, value)]));
  }
  if (span.kind === "array") return span.items.map((item) => plainValue(bytes, item));
  if (span.kind === "string") return jsonStringAt(bytes, span);
  return JSON.parse(Buffer.from(bytes.subarray(span.start, span.end)).toString("latin1"));
}

describe("documents that Go's encoding/json accepts", () => {
  test.each([
    "{}",
    "[]",
    "null",
    " \t\r\n true \n",
    "false",
    "0",
    "-0",
    "-0.0e-0",
    "1.0e5",
    "12E+3",
    '""',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD800"',
    '"\x7f"',
    '"\xff\xfe"',
    '{"\xff":"\xc3"}',
    '{"a":1,"a":2}',
    '[1,[2,{"a":[]}],{}]',
    '{ "a" : [ ] , "b" : { } }',
  ])("%j", (text) => {
    const bytes = bytesOf(text);
    const span = readJsonSpans(bytes);
    expect(span).not.toBeNull();
    expect(Buffer.from(bytes.subarray(span!.start, span!.end)).toString("latin1")).toBe(text.trim());
  });
});

describe("documents that it refuses", () => {
  test.each([
    "",
    " ",
    "\xef\xbb\xbf{}",
    "\xa0{}",
    "{} {}",
    "{},",
    "{}\0",
    "{",
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1}",
    "{]",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{"a" 1}',
    "{1:2}",
    "{a:1}",
    '"',
    '"a',
    '"\n"',
    '"\t"',
    '"\\',
    '"\\x"',
    '"\\u12"',
    '"\\u12g4"',
    "'a'",
    "tru",
    "True",
    "nulll",
    "nan",
    "01",
    "+1",
    ".5",
    "1.",
    "1.e2",
    "1e",
    "1e+",
    "-",
    "0x1",
    "// a\n1",
  ])("%j", (text) => {
    expect(readJsonSpans(bytesOf(text))).toBeNull();
  });
});

test("nesting as deep as Go allows is read without recursion, one deeper is refused", () => {
  expect(readJsonSpans(bytesOf("[".repeat(10_000) + "]".repeat(10_000)))).not.toBeNull();
  expect(readJsonSpans(bytesOf("[".repeat(10_001) + "]".repeat(10_001)))).toBeNull();
  expect(readJsonSpans(bytesOf(`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`))).not.toBeNull();
  expect(readJsonSpans(bytesOf(`${'{"a":'.repeat(10_001)}1${"}".repeat(10_001)}`))).toBeNull();
});

test.each([
  ["arch\\u0069tecture", "architecture"],
  ["\\ud83d\\ude00", "😀"],
  ["\\ud83d", "\ufffd"],
  ["\\ud83dx\\ude00", "\ufffdx\ufffd"],
  ["a\xffb", "a\ufffdb"],
  ["\xc3\xa9", "é"],
  ["\xef\xbb\xbfa", "\ufeffa"],
  ["\\\\u0041", "\\u0041"],
])("the key %j reads %j", (written, key) => {
  const span = readJsonSpans(bytesOf(`{"${written}":0}`));
  expect(span?.kind === "object" && span.members.map((member) => member.key)).toEqual([key]);
});

test("duplicate keys are kept in their order", () => {
  const span = readJsonSpans(bytesOf('{"a":1,"b":2,"a":3}'));
  expect(span?.kind === "object" && span.members.map(({ key, value }) => [key, value.start])).toEqual([
    ["a", 5],
    ["b", 11],
    ["a", 17],
  ]);
});

test("a document inside a larger buffer is read by its own offsets", () => {
  const bytes = bytesOf('xx{"a\\n":"b\\n"}').subarray(2);
  expect(plainValue(bytes, readJsonSpans(bytes)!)).toEqual({ "a\n": "b\n" });
});

test("reads what JSON.stringify writes", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, "\t"), (text, indent) => {
      const written = JSON.stringify(JSON.parse(text), undefined, indent);
      const bytes = Buffer.from(written);
      const span = readJsonSpans(bytes);
      expect(JSON.stringify(plainValue(bytes, span!))).toBe(JSON.stringify(JSON.parse(written)));
    }),
  );
});

test("agrees with JSON.parse on what is a document", () => {
  const snippet = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "a",
    "\\",
    "\\u00e9",
    "0",
    "1",
    "-",
    ".",
    "e",
    " ",
    "null",
    '"k"',
  );
  fc.assert(
    fc.property(fc.array(snippet, { maxLength: 12 }), (snippets) => {
      const text = snippets.join("");
      let accepted = true;
      try {
        JSON.parse(text);
      } catch {
        accepted = false;
      }
      expect(readJsonSpans(bytesOf(text)) !== null).toBe(accepted);
    }),
    { numRuns: 2000 },
  );
});
