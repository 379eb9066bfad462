import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonValue } from "../../server/src/nix/json-value.ts";
import { tomlValue } from "../../server/src/nix/toml-value.ts";
import type { Value } from "../../server/src/nix/value.ts";
import { mutationOf } from "../support/mutated-text.ts";
import { nixEvalAll } from "../support/nix-eval.ts";
import { isMissing } from "../support/tools.ts";

/** Stands for what is unknown, which agrees with everything. */
const UNKNOWN = Symbol("unknown");

/** A value as JSON, all of it computed. */
function plain(value: Value): unknown {
  switch (value.kind) {
    case "set":
      return Object.fromEntries([...value.attributes].map(([name, one]) => [name, plain(one.value.force())]));
    case "list":
      return value.elements.map((element) => plain(element.force()));
    case "string":
      return value.text;
    case "integer":
      return Number(value.value);
    case "boolean":
      return value.value;
    case "null":
      return null;
    default:
      return UNKNOWN;
  }
}

/** Ours with Nix's answer in the place of each unknown, so that a comparison tells where they differ. */
function filledIn(ours: unknown, nix: unknown): unknown {
  if (ours === UNKNOWN) return nix;
  if (Array.isArray(ours) && Array.isArray(nix)) return ours.map((one, index) => filledIn(one, nix[index]));
  if (isObject(ours) && isObject(nix)) {
    return Object.fromEntries(Object.entries(ours).map(([name, one]) => [name, filledIn(one, nix[name])]));
  }
  return ours;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

function nixString(text: string): string {
  return `"${text.replace(/[\\"$]/g, "\\$&").replaceAll("\r", "\\r")}"`;
}

const JSON_DOCUMENTS = [
  "{}",
  "[]",
  '""',
  "null",
  " \r\n\t true ",
  '{"imageName":"org/app","imageDigest":"sha256:aa","os":"linux","arch":"amd64"}',
  JSON.stringify(
    {
      images: [
        { imageName: "org/app", os: "linux" },
        { imageName: "org/b", size: 12 },
      ],
    },
    null,
    2,
  ),
  '{"a":{"b":[1,-2,{"c":null}],"d":false}}',
  "[0,-0,9223372036854775807,-9223372036854775808]",
  '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00 é 😀 \\\\ud83d"',
  '{"":"empty","a b":"space","\\u0061":"escaped","__proto__":"plain","constructor":"plain"}',
  `${"[".repeat(200)}${"]".repeat(200)}`,
];

const JSON_UNKNOWN = [
  "",
  "{",
  '{"a":1,}',
  "[1,]",
  "{} {}",
  "// comment\n{}",
  "{'a':1}",
  '{"a" 1}',
  "[01]",
  "[.5]",
  "[1.]",
  "[+1]",
  "NaN",
  '"\t"',
  '"\n"',
  '"\\x41"',
  '"\\ud83d"',
  '"\\ude00\\ud83d"',
  '{"\\ud83d":1}',
  '"\\u0000"',
  "1.5",
  "1e3",
  "9223372036854775808",
  "-9223372036854775809",
  "123456789012345678901234567890",
  '{"a":1,"a":2}',
  '{"a":{"b":1},"a":{"c":2}}',
];

const TOML_DOCUMENTS = [
  "",
  "# comment\n",
  'imageName = "org/app"\nimageDigest = "sha256:aa"\n',
  '[images.app]\nimageName = "org/app"\n[images.other]\nimageName = "org/other"\n',
  "[images.app]\nx = 1\n[images]\ny = 2\n",
  "a.b.c = 1\na.b.d = 2\n",
  "a.\"b.c\".'d e' = 1\n",
  "[a]\nb.c = 1\nb.d = 2\n[a.e]\nf = 3\n",
  "[[images]]\nname = 'a'\n[[images]]\nname = 'b'\n[images.more]\nx = 1\n[[images.deep]]\ny = 2\n",
  "[[images]]\n[[images]]\n",
  "t = { a = 1, b = { c.d = 'x' }, e = [ 1, 2 ] }\n",
  "l = [ 'a', \"b\", [ 1 ], { c = 2 } ]\n",
  "l = [\n  1, # one\n  2,\n]\n",
  "i = [ 0, +1, -2, 1_000, 0xff, 0o17, 0b101, 9223372036854775807 ]\n",
  "b = true\nc = false\n",
  's = "tab\\t quote\\" slash\\\\ \\u00e9 \\U0001F600 é"\n',
  "s = 'C:\\path \"x\" \\u0041'\n",
  's = """\nfirst\nsecond \\\n   joined ""two"" quotes"""\n',
  "s = '''\nfirst\n'second' \\n\n'''\n",
  "s = \"\"\nt = ''\nu = \"\"\"\"\"\"\nv = ''''''\n",
  's = """a""""\n',
  "a = 'x'\r\n[b]\r\nc = 'y'\r\n",
  '"" = 1\n',
  "[a]\n[a.b]\n[c]\n",
  "__proto__ = 1\nconstructor = 'x'\n",
];

const TOML_UNKNOWN = [
  "a = 1\na = 2\n",
  "a = { b = 1 }\n[a.c]\nd = 1\n",
  "[a]\nx = 1\n[a]\ny = 2\n",
  "a.b = 1\n[a]\nc = 1\n",
  "a\n",
  "a =\n",
  "= 1\n",
  "a = 'x\n",
  'a = "\\q"\n',
  'a = "\\ud800"\n',
  "a = 01\n",
  "a = { b = 1, }\n",
  "a = [ 1 2 ]\n",
  "f = 1.5\n",
  "f = 1e3\n",
  "i = 9223372036854775808\n",
  "d = 1979-05-27\n",
  "d = 1979-05-27T07:32:00Z\n",
  's = "\\u0000"\n',
  "s = \"\"\"\r\nfirst\r\nsecond \\\r\n  third\"\"\"\r\nt = '''\r\na\r\n'''\r\n",
];

const FORMATS = [
  {
    name: "JSON",
    read: jsonValue,
    builtin: "builtins.fromJSON",
    documents: JSON_DOCUMENTS,
    unknown: JSON_UNKNOWN,
    generated: fc.oneof(fc.json(), mutationOf(JSON_DOCUMENTS)),
  },
  {
    name: "TOML",
    read: tomlValue,
    builtin: "builtins.fromTOML",
    documents: TOML_DOCUMENTS,
    unknown: TOML_UNKNOWN,
    generated: mutationOf(TOML_DOCUMENTS),
  },
];

describe.skipIf(isMissing("nix-instantiate")).each(FORMATS)(
  "$name is read as $builtin reads it",
  ({ read, builtin, documents, unknown, generated }) => {
    const answersOf = (texts: readonly string[]) => nixEvalAll(texts.map((text) => `${builtin} ${nixString(text)}`));
    const ours = (text: string) => plain(read({ file: "data", text }));

    test("what Nix takes", async () => {
      const answers = await answersOf(documents);
      expect(documents.map((text) => ({ text, value: ours(text) }))).toEqual(
        documents.map((text, index) => ({ text, value: answers[index]?.value })),
      );
    });

    test.each(unknown)("unknown in %j", async (text) => {
      const value = ours(text);
      expect(hasUnknown(value)).toBe(true);
      const [answer] = await answersOf([text]);
      if (answer) expect(filledIn(value, answer.value)).toEqual(answer.value);
    });

    test("and so are generated documents", async () => {
      const texts = [...new Set(fc.sample(generated, { numRuns: 400, seed: 20261124 }))];
      const claimed = texts.filter((text) => !text.includes("\0") && ours(text) !== UNKNOWN);
      expect(claimed.length).toBeGreaterThan(20);
      const answers = await answersOf(claimed);
      const compared = claimed.flatMap((text, index) => {
        const answer = answers[index];
        return answer ? [{ text, nix: answer.value }] : [{ text, nix: "refused" }];
      });
      expect(compared.map(({ text, nix }) => ({ text, nix: filledIn(ours(text), nix) }))).toEqual(compared);
    });
  },
);
