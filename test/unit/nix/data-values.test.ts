import { describe, expect, test } from "vitest";
import { DataNode } from "../../../server/src/nix/data-node.ts";
import { jsonValue } from "../../../server/src/nix/json-value.ts";
import { tomlValue } from "../../../server/src/nix/toml-value.ts";
import type { Attribute, Value } from "../../../server/src/nix/value.ts";

const read = (file: string, text: string): Value =>
  file.endsWith(".json") ? jsonValue({ file, text }) : tomlValue({ file, text });

/** The attribute at a path of names and, in lists, of indices. */
function attributeAt(root: Value, path: readonly (string | number)[]): Attribute {
  let value = root;
  for (const [depth, name] of path.entries()) {
    if (typeof name === "number") {
      if (value.kind !== "list") throw new Error(`no list at ${path.slice(0, depth).join(".")}`);
      value = value.elements[name]!.force();
      continue;
    }
    const attribute = value.kind === "set" ? value.attributes.get(name) : undefined;
    if (attribute === undefined) throw new Error(`nothing at ${path.slice(0, depth + 1).join(".")}`);
    if (depth === path.length - 1) return attribute;
    value = attribute.value.force();
  }
  throw new Error("an empty path");
}

describe("every string knows its token, and every attribute its member and what that is in", () => {
  test.each([
    ["a.json", '{ "a" : "x" }', ["a"], '"x"', ['"a" : "x"'], ['{ "a" : "x" }']],
    ["a.json", '{"é😀":{"b":"\\u0041"}}', ["é😀", "b"], '"\\u0041"', ['"b":"\\u0041"'], ['{"b":"\\u0041"}']],
    ["a.json", '[{"a":"x"},{"a":"y"}]', [1, "a"], '"y"', ['"a":"y"'], ['{"a":"y"}']],
    ["a.toml", "a = 'x' # remark\nb = 1\n", ["a"], "'x'", ["a = 'x'"], ["a = 'x' # remark\nb = 1"]],
    ["a.toml", 'x = 1\n[t]\na = "x"\n[u]\n', ["t", "a"], '"x"', ['a = "x"'], ['[t]\na = "x"']],
    ["a.toml", 't = { a = "x" }\n', ["t", "a"], '"x"', ['a = "x"'], ['{ a = "x" }']],
    ["a.toml", 't.a = """\nx"""\n', ["t", "a"], '"""\nx"""', ['t.a = """\nx"""'], ['t.a = """\nx"""']],
    ["a.toml", "[[t]]\n[[t]]\na = 'y'\n", ["t", 1, "a"], "'y'", ["a = 'y'"], ["[[t]]\na = 'y'"]],
  ] as const)("%s: %j at %j", (file, text, path, token, definitions, containers) => {
    const { value, definitions: nodes } = attributeAt(read(file, text), path);
    const string = value.force();
    if (string.kind !== "string" || string.token === null) throw new Error("not a string");
    const slice = ({ start, end }: { start: number; end: number }) => text.slice(start, end);
    expect(string.token.file).toBe(file);
    expect(slice(string.token.range)).toBe(token);
    const data = nodes.filter((node) => node instanceof DataNode);
    expect(data.map(slice)).toEqual(definitions);
    expect(data.map(({ container }) => slice(container))).toEqual(containers);
  });
});

test("a table that several headers add to is defined by each", () => {
  const text = "[a.b]\nx = 1\n[a.c]\ny = 2\n";
  const { definitions } = attributeAt(read("a.toml", text), ["a"]);
  expect(definitions.map(({ start, end }) => text.slice(start, end))).toEqual(["[a.b]\nx = 1", "[a.c]\ny = 2"]);
});

describe("what Nix does not read is unknown for itself", () => {
  test.each([
    ["a.json", '{"bad":1.5,"good":"x"}', "it is a number with a fraction or an exponent"],
    ["a.json", '{"bad":9223372036854775808,"good":"x"}', "the number is too large for Nix"],
    ["a.json", '{"bad":1,"bad":2,"good":"x"}', '"bad" stands twice in one object'],
    ["a.toml", "bad = 1979-05-27\ngood = 'x'\n", "it is a date or time, which Nix does not read"],
    ["a.toml", "bad = inf\ngood = 'x'\n", "it is a floating-point number"],
    ["a.toml", "bad = '''a\r\nb'''\ngood = 'x'\n", "it is a string of several lines with carriage returns"],
  ])("%s: %j", (file, text, reason) => {
    const root = read(file, text);
    expect(attributeAt(root, ["bad"]).value.force()).toMatchObject({ kind: "unknown", reason });
    expect(attributeAt(root, ["good"]).value.force()).toMatchObject({ kind: "string", text: "x" });
  });
});

describe("hostile documents are unknown as a whole", () => {
  test.each([
    ["a.json", "no JSON", "{", "a.json is not JSON"],
    [
      "a.json",
      "a hundred thousand arrays in each other",
      "[".repeat(100_000) + "]".repeat(100_000),
      "a.json is not JSON",
    ],
    ["a.json", "half a character", '"\\ud800"', "a.json has an escape that stands for half a character"],
    ["a.json", "a zero byte", '"\\u0000"', "a.json has a string with a zero byte"],
    ["a.toml", "no TOML", "a = ", "a.toml is not TOML"],
    ["a.toml", "a lone carriage return", "a = 1\rb = 2\n", "a.toml is not TOML"],
    ["a.toml", "a zero byte", 'a = "\\U00000000"', "a.toml has a string with a zero byte"],
    [
      "a.toml",
      "a hundred thousand arrays in each other",
      `a = ${"[".repeat(100_000)}${"]".repeat(100_000)}`,
      "a.toml is nested too deeply or has too long a string",
    ],
    [
      "a.toml",
      "a string of a megabyte",
      `a = '${"x".repeat(1_000_000)}'`,
      "a.toml is nested too deeply or has too long a string",
    ],
  ])("%s: %s", (file, _, text, reason) => {
    expect(read(file, text)).toMatchObject({ kind: "unknown", reason });
  });

  test("but an escaped backslash before a u is none of their escapes", () => {
    expect(read("a.json", '"\\\\ud800 \\\\u0000"')).toMatchObject({ kind: "string", text: "\\ud800 \\u0000" });
  });
});

test("a document that stands in a set of names that JavaScript knows is like any other", () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    expect(attributeAt(read("a.json", `{"${name}":"x"}`), [name]).value.force()).toMatchObject({ text: "x" });
    expect(attributeAt(read("a.toml", `${name} = "x"`), [name]).value.force()).toMatchObject({ text: "x" });
  }
});
