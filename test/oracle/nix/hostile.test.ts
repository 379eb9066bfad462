// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Nix writes its interpolations like that
import { describe, expect, test } from "vitest";
import type { AttributeReading } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { NO_SOURCE_FILES, type SourceFiles } from "../../../server/src/nix/source.ts";
import { nixParser } from "../../support/nix-parser.ts";

const MANY = 10_000;
const MILLION = 1_000_000;
/** Characters of a large file. */
const LARGE = 5_000_000;

const times = (count: number, text: string) => text.repeat(count);
const each = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join("\n");
const pin = (imageName: string) => `{ imageName = ${imageName}; imageDigest = "sha256:${"0".repeat(64)}"; hash = ""; }`;
const called = (argument: string) => `{ pkgs, lib }: pkgs.dockerTools.pullImage (${argument})`;
const named = (bindings: string, imageName: string) => called(`let ${bindings} in ${pin(imageName)}`);

/** What is read of a text's first pin's name: its value, or that it is unknown. Comes to an end, or the test fails. */
function nameIn(text: string, files: SourceFiles = NO_SOURCE_FILES): string | AttributeReading["state"] {
  const [first] = readNixFile(nixParser, "hostile.nix", text, { files }).pins;
  if (first === undefined) return "no pin";
  return first.imageName.state === "known" ? first.imageName.value : first.imageName.state;
}

describe("a hostile file is read to the end, and what is read is right", () => {
  test.each<[string, string]>([
    ["a function that calls itself", named("f = x: f x;", "f 1")],
    ["a function that calls itself with more", named("f = x: f (x + 1);", "f 1")],
    ["a function that grows its argument", named('f = x: f "${x}${x}";', 'f "aa"')],
    ["functions that call each other", named("f = x: g x; g = x: f x;", "f 1")],
    ["a fixed point of nothing", named("fix = f: let x = f x; in x;", "fix (x: x)")],
    ["the Y combinator", named("y = f: (x: f (x x)) (x: f (x x));", "y (f: f)")],
    ["the smallest loop", named("", "(x: x x) (x: x x)")],
    ["a variable that is itself", named("a = a;", "a")],
    ["variables in a ring", named("a = b; b = c; c = a;", "a")],
    ["a set that is itself", named("s = s // { };", "s.name")],
    ["a set that inherits from itself", named("inherit (s) s;", "s.name")],
    ["a set that is in itself", named("s = { inherit s; };", `s${times(5000, ".s")}.name`)],
    ["a with of itself", named("s = with s; t;", "s.name")],
    ["an update of itself in a fold", named("s = lib.foldl' (a: b: s) s [ 1 2 ];", "s.name")],
    ["doubling", named(`a0 = "xx"; ${each(100, (index) => `a${index + 1} = a${index} + a${index};`)}`, "a100")],
    [
      "doubling lists",
      named(
        `a0 = [ 1 1 ]; ${each(60, (index) => `a${index + 1} = a${index} ++ a${index};`)}`,
        "lib.concatStrings (map toString a60)",
      ),
    ],
    [
      "doubling by functions",
      named('d = f: x: f (f x); i = x: "${x}a";', `(${times(60, "d (")}i${times(60, ")")}) ""`),
    ],
    ["towers of functions", named("two = f: x: f (f x);", '(two two two two two) (x: x + "a") ""')],
    ["maps in maps", named("l = lib.range 1 1000; m = map (x: map (y: map (z: x) l) l) l;", "toString m")],
    [
      "a list of a million elements",
      named("l = builtins.genList (x: x) 100000000;", "toString (builtins.length (map (x: x) l))"),
    ],
    ["a range to the end", named("l = lib.range 0 9223372036854775807;", "toString (lib.last l)")],
    ["names from a huge list", named("s = lib.genAttrs (map toString (lib.range 0 10000000)) (x: x);", 's."5"')],
    [
      "a text of a huge list",
      named("", 'lib.concatStrings (builtins.genList (x: "aaaaaaaaaaaaaaaaaaaaaaaaaaa") 100000000)'),
    ],
    [
      "a text replaced over and over",
      named(
        "",
        'builtins.replaceStrings [ "" ] [ (lib.concatStrings (lib.genList (x: "aaaaaaaaaa") 100000)) ] (lib.concatStrings (lib.genList (x: "a") 100000))',
      ),
    ],
    [
      "a regular expression that explodes",
      named("", `lib.head (builtins.match "(a+)+(a+)+(a+)+$b" "${times(5000, "a")}")`),
    ],
    [
      "a regular expression with a huge count",
      named("", 'lib.head (builtins.match "((a{1,1000}){1,1000}){1,1000}" "a")'),
    ],
    ["a split that explodes", named("", `lib.last (lib.last (builtins.split "(x+x+)+y" "${times(5000, "x")}y"))`)],
    [
      "a regular expression of brackets",
      named("", `lib.head (builtins.match "${times(2000, "(")}a${times(2000, ")")}" "a")`),
    ],
    ["a recursive update of itself", named("s = lib.recursiveUpdate s { a = 1; };", "s.name")],
    ["a computed name of itself", called('let s = { ${s.name} = 1; name = s.name; }; in s // { imageDigest = ""; }')],
  ])(
    "%s is unknown",
    (_, text) => {
      expect(nameIn(text)).toBe("unknown");
    },
    60_000,
  );

  test.each<[string, string, string]>([
    ["parentheses", called(pin(`${times(MANY, "(")}"a"${times(MANY, ")")}`)), "unknown"],
    ["sums", called(pin(`${times(MANY, '"a" + ')}"b"`)), "unknown"],
    ["selections", named(`s = ${times(2000, "{ a = ")}"x"${times(2000, "; }")};`, `s${times(2000, ".a")}`), "unknown"],
    ["functions", named(`f = ${times(MANY, "x: ")}"a";`, `f ${times(MANY, "1 ")}`), "unknown"],
    ["conditions", called(pin(`${times(MANY, "if true then ")}"a"${times(MANY, ' else "b"')}`)), "unknown"],
    ["withs", called(`${times(MANY, "with { }; ")}${pin('"a"')}`), "a"],
    ["lets", called(`${times(MANY, "let x = 1; in ")}${pin('"a"')}`), "a"],
    ["lists", called(`let l = ${times(MANY, "[ ")}${times(MANY, " ]")}; in ${pin('"a"')}`), "a"],
    ["sets", called(`let s = ${times(MANY, "{ a = ")}1${times(MANY, "; }")}; in ${pin('"a"')}`), "a"],
    ["interpolations", called(pin(`${times(MANY, '"${')}"a"${times(MANY, '}"')}`)), "unknown"],
    [
      "a chain of variables",
      named(`a0 = "x"; ${each(MANY, (index) => `a${index + 1} = a${index};`)}`, `a${MANY}`),
      "unknown",
    ],
    [
      "a chain of updates",
      named(`s = { name = "x"; } ${each(MANY, (index) => `// { a${index} = 1; }`)};`, "s.name"),
      "unknown",
    ],
  ])(
    "deep %s",
    (_, text, name) => {
      // Deep is either followed or given up, and never another value.
      expect([name, "unknown", "a", "x"].slice(0, name === "unknown" ? 4 : 1)).toContain(nameIn(text));
    },
    60_000,
  );

  test.each<[string, string, string]>([
    ["a comment", `${called(pin('"a"'))} # ${times(LARGE, "x")}`, "a"],
    ["a string", `${called(`let s = "${times(LARGE, "x")}"; in ${pin('"a"')}`)}`, "a"],
    ["a list", called(`let l = [ ${times(LARGE / 20, '"abcdefgh" ')} ]; in ${pin('"a"')}`), "a"],
    [
      "a set",
      called(
        `let s = { ${each(LARGE / 40, (index) => `attribute${index} = "abcdefgh";`)} }; in ${pin("s.attribute77")}`,
      ),
      "abcdefgh",
    ],
    [
      "a let",
      called(`let ${each(LARGE / 40, (index) => `variable${index} = "abcdefgh";`)} in ${pin("variable77")}`),
      "abcdefgh",
    ],
    ["a text in lines", called(`let s = ''\n${times(LARGE / 50, "    a line of text\n")}''; in ${pin('"a"')}`), "a"],
    ["open brackets", `${called(pin('"a"'))} ${times(MILLION, "[")}`, "a"],
  ])(
    "5 MB of %s",
    (_, text, name) => {
      expect(["unknown", "no pin", name]).toContain(nameIn(text));
    },
    120_000,
  );

  test("a list of 10,000 entries that a call takes", () => {
    const entries = each(MANY, (index) => `  { imageName = "org/a${index}"; imageDigest = ""; hash = ""; }`);
    const text = `{ pkgs }: map pkgs.dockerTools.pullImage [\n${entries}\n]`;
    const names = readNixFile(nixParser, "list.nix", text).pins.map(({ imageName }) => imageName);
    expect(names.length).toBe(MANY);
    expect(names.map((name) => (name.state === "known" ? name.value : name.state)).at(-1)).toMatch(
      /^(?:org\/a9999|unknown)$/,
    );
  }, 120_000);

  test("10,000 calls of a function", () => {
    const calls = each(MANY, (index) => `  a${index} = pull { name = "org/a${index}"; digest = ""; sha256 = ""; };`);
    const pull =
      "pull = { name, digest, sha256 }: pkgs.dockerTools.pullImage { imageName = name; imageDigest = digest; inherit sha256; };";
    const { pins } = readNixFile(nixParser, "calls.nix", `{ pkgs }: let ${pull} in {\n${calls}\n}`);
    const known = pins.flatMap(({ imageName }) => (imageName.state === "known" ? [imageName.value] : []));
    expect(known.every((name) => /^org\/a\d+$/.test(name))).toBe(true);
    expect(new Set(known).size).toBe(known.length);
    expect(known.length).toBeGreaterThan(100);
  }, 120_000);

  test.each<[string, Record<string, string>, string]>([
    ["a file that imports itself", { "hostile.nix": named("", "(import ./hostile.nix { }).name") }, "unknown"],
    [
      "files that import each other",
      { "hostile.nix": named("", "import ./a.nix"), "a.nix": "import ./b.nix", "b.nix": "import ./a.nix" },
      "unknown",
    ],
    [
      "a file that is a function of itself",
      { "hostile.nix": named("", "import ./f.nix 1"), "f.nix": "x: import ./f.nix (x + 1)" },
      "unknown",
    ],
    [
      "a thousand files in a chain",
      {
        "hostile.nix": named("", "import ./0.nix"),
        ...Object.fromEntries(
          Array.from({ length: 1000 }, (_, index) => [`${index}.nix`, `import ./${index + 1}.nix`]),
        ),
        "1000.nix": '"end"',
      },
      "unknown",
    ],
    [
      "JSON that is nested deeply",
      { "hostile.nix": named("j = lib.importJSON ./a.json;", "j.name"), "a.json": times(MILLION, "[") },
      "unknown",
    ],
    [
      "JSON with a huge number",
      { "hostile.nix": named("j = lib.importJSON ./a.json;", "toString j.n"), "a.json": `{"n": 1${times(1000, "0")}}` },
      "unknown",
    ],
    [
      "TOML that is nested deeply",
      { "hostile.nix": named("t = lib.importTOML ./a.toml;", "t.name"), "a.toml": `a = ${times(100_000, "[")}` },
      "unknown",
    ],
    [
      "JSON that is no JSON",
      { "hostile.nix": named("j = lib.importJSON ./a.json;", "j.name"), "a.json": "{ name = 1; }" },
      "unknown",
    ],
  ])(
    "%s",
    (_, texts, name) => {
      const files: SourceFiles = {
        open(_from, path) {
          const file = path.replace(/^\.\//, "");
          const text = texts[file];
          return text === undefined ? { reason: "it does not exist" } : { file, text };
        },
      };
      expect(nameIn(texts["hostile.nix"] ?? "", files)).toBe(name);
    },
    120_000,
  );
});
