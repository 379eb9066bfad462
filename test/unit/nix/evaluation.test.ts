// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Nix writes its interpolations like that
import { describe, expect, test } from "vitest";
import type { Scope } from "../../../server/src/nix/scope.ts";
import type { StringValue, Value } from "../../../server/src/nix/value.ts";
import { plainValue, type ValueOptions, withValue } from "../../support/nix-value.ts";

const evaluated = (text: string, options: ValueOptions = {}) => withValue(text, options, plainValue);
const unknown = (reason: string) => ({ unknown: reason });

describe("a call", () => {
  test.each<[string, string, unknown]>([
    ["of a function of one argument", "(x: x + 1) 1", 2],
    ["with a set", "({ a, b ? 2, ... }: [ a b ]) { a = 1; c = 3; }", [1, 2]],
    ["whose argument is missing", "({ a }: a) { }", unknown('the function is not given "a"')],
    ["whose argument is not taken", "({ a }: a) { a = 1; b = 2; }", unknown('the function does not take "b"')],
    ["with what is no set", "({ a }: a) 1", unknown("the function takes a set and is given something else")],
    ["whose argument set does not have the defaults", "({ a ? 1 }@args: args ? a) { }", false],
    ["of part of a set from outside", "x: 1", unknown("function")],
    ["of what is no function", "1 2", unknown("what is called in it is not a function")],
    ["of something from outside", "config.f 1", unknown('it is computed by "config.f"')],
    [
      "with something from outside",
      "({ a, b ? 1 }: [ a b ]) config.x",
      [unknown('"config.x.a" comes from outside this file'), unknown('"config.x" comes from outside this file')],
    ],
    [
      "with a set that is known in part",
      "({ a, b }: [ a b ]) (config.x // { a = 1; })",
      [1, unknown('"config.x" comes from outside this file')],
    ],
    ["by a pipe", "[ 1 2 ] |> map (x: x + 1)", [2, 3]],
    ["by pipes", "1 |> (x: x + 1) |> (x: x * 10)", 20],
    ["by a pipe backwards", "(x: x + 1) <| (x: x * 10) <| 1", 11],
    [
      "by pipes in both directions",
      "(x: x) <| 1 |> (x: x)",
      unknown("it mixes pipe operators with others of their kind"),
    ],
  ])("%s", (_, text, value) => {
    expect(evaluated(text)).toEqual(value);
  });

  test.each<[string, string, unknown]>([
    [
      "callPackage fills in what is not given",
      "pkgs.callPackage ({ lib, a ? 1, b }: [ a b (lib.id 3) ]) { b = 2; }",
      [1, 2, 3],
    ],
    [
      "callPackage of a file",
      "callPackage ./f.nix { b = 2; }",
      {
        a: 2,
        override: unknown("it is what nixpkgs adds to a package"),
        overrideDerivation: unknown("it is what nixpkgs adds to a package"),
      },
    ],
    [
      "callPackage of something else's",
      "(pkgs.callPackage ({ x }: x.y) { })",
      unknown('"x.y" comes from outside this file'),
    ],
  ])("%s", (_, text, value) => {
    expect(evaluated(text, { files: { "f.nix": "{ b, dockerTools }: { a = b; }" } })).toEqual(value);
  });

  test("of a name that the file binds is never nixpkgs'", () => {
    expect(evaluated(`let lib.toUpper = x: "own"; in lib.toUpper "a"`)).toBe("own");
    expect(evaluated(`let map = f: "own"; in map 1`)).toBe("own");
    expect(evaluated(`inputs.other.lib.toUpper "a"`)).toEqual(unknown('it is computed by "inputs.other.lib.toUpper"'));
    expect(evaluated(`config.lib.toUpper "a"`)).toEqual(unknown('it is computed by "config.lib.toUpper"'));
  });

  test.each([
    "lib",
    "pkgs.lib",
    "inputs.nixpkgs.lib",
    "nixpkgs.lib",
    "prev.lib",
    "(import <nixpkgs> { }).lib",
    "pkgs.lib.strings",
  ])("of a function of nixpkgs as %s", (path) => {
    expect(evaluated(`${path}.toUpper "a"`)).toBe("A");
    expect(evaluated(`with ${path}; toUpper "a"`)).toBe("A");
    expect(evaluated(`let inherit (${path}) toUpper; in map toUpper [ "a" ]`)).toEqual(["A"]);
  });
});

describe("calls of functions from outside are told", () => {
  const callsIn = (text: string) =>
    withValue(text, {}, (value, evaluation) => {
      plainValue(value);
      return evaluation.outsideCalls().map(({ callee, argument, node, scope }) => ({
        callee: callee.path?.join("."),
        argument: plainValue(argument.force()),
        node: node.text,
        callers: callersOf(scope),
      }));
    });

  function callersOf(scope: Scope | null): string[] {
    const callers: string[] = [];
    for (let at = scope; at !== null; at = at.outer) {
      if (at.kind === "lexical" && at.call !== null) callers.push(at.call.node.text);
    }
    return callers;
  }

  test("with what they are given and by which calls they are reached", () => {
    const text = "let pull = x: pkgs.dockerTools.pullImage { a = x; }; in [ (pull 1) (pull 2) ]";
    expect(callsIn(text)).toEqual([
      {
        callee: "pkgs.dockerTools.pullImage",
        argument: { a: 1 },
        node: "pkgs.dockerTools.pullImage { a = x; }",
        callers: ["pull 1"],
      },
      {
        callee: "pkgs.dockerTools.pullImage",
        argument: { a: 2 },
        node: "pkgs.dockerTools.pullImage { a = x; }",
        callers: ["pull 2"],
      },
    ]);
  });

  test.each<[string, string, unknown[]]>([
    ["an element of a list each", "map dockerTools.pullImage [ 1 2 ]", [1, 2]],
    ["an attribute each", "lib.mapAttrs (n: v: dockerTools.pullImage v) { a = 1; b = 2; }", [1, 2]],
    ["once, however often it is asked for", "let i = dockerTools.pullImage 1; in [ i i i ]", [1]],
    ["by makeOverridable", "lib.makeOverridable dockerTools.pullImage 1", [1]],
    ["by invalidateFetcherByDrvHash", "testers.invalidateFetcherByDrvHash dockerTools.pullImage 1", [1]],
    ["by a pipe", "1 |> dockerTools.pullImage", [1]],
    ["by callPackage", "callPackage ({ dockerTools }: dockerTools.pullImage 1) { }", [1]],
  ])("%s", (_, text, given) => {
    expect(callsIn(text).map(({ argument }) => argument)).toEqual(given);
  });
});

describe("what depends on the system", () => {
  test.each<[string, unknown, unknown]>([
    ["pkgs.system", "x86_64-linux", "aarch64-darwin"],
    ["builtins.currentSystem", "x86_64-linux", "aarch64-darwin"],
    ["pkgs.stdenv.hostPlatform.system", "x86_64-linux", "aarch64-darwin"],
    ["let inherit (pkgs.stdenv.hostPlatform) system; in system", "x86_64-linux", "aarch64-darwin"],
    ["with pkgs; stdenv.hostPlatform.isAarch64", false, true],
    ["stdenv.isDarwin", false, true],
    ["stdenv.hostPlatform.parsed.cpu.name", "x86_64", "aarch64"],
    ["pkgs.go.GOARCH", "amd64", "arm64"],
    ["{ x86_64-linux = 1; aarch64-darwin = 2; }.${pkgs.system}", 1, 2],
    ["if stdenv.hostPlatform.isx86_64 then 1 else 2", 1, 2],
    ["(import <nixpkgs> { }).system", "x86_64-linux", "aarch64-darwin"],
  ])("%s", (text, one, other) => {
    expect(evaluated(text, { system: "x86_64-linux" })).toEqual(one);
    expect(evaluated(text, { system: "aarch64-darwin" })).toEqual(other);
    expect(withValue(text, {}, (value, evaluation) => [value.kind, evaluation.isSystemWanted()])).toEqual([
      "unknown",
      true,
    ]);
  });

  test.each<[string, unknown]>([
    ['(import nixpkgs { system = "aarch64-linux"; }).stdenv.hostPlatform.system', "aarch64-linux"],
    ["nixpkgs.legacyPackages.aarch64-linux.system", "aarch64-linux"],
    ["inputs.nixpkgs.legacyPackages.aarch64-linux.stdenv.isAarch64", true],
  ])("%s says itself for which", (text, value) => {
    for (const system of ["x86_64-linux", null]) expect(evaluated(text, { system })).toEqual(value);
  });

  test.each([
    "config.services.app.system",
    "pkgsCross.aarch64-multiplatform.stdenv.hostPlatform.system",
    "(import nixpkgs { system = config.system; }).stdenv.hostPlatform.system",
    '(import nixpkgs { crossSystem = "x"; }).stdenv.hostPlatform.system',
    "stdenv.hostPlatform.isUnheardOf",
  ])("%s is not known for any", (text) => {
    expect(withValue(text, { system: "x86_64-linux" }, (value) => value.kind)).toBe("unknown");
  });
});

describe("other files", () => {
  const files = {
    "set.nix": "{ a = 1; b = (import ./function.nix { x = 2; }).y; }",
    "function.nix": "{ x, z ? 5 }: { y = x + z; }",
    "loop.nix": "import ./loop.nix",
    "one.nix": "{ a = 1; b = (import ./other.nix).c; }",
    "other.nix": "{ c = (import ./one.nix).a; }",
    "broken.nix": "{ a = ; }",
    "data.json": '{ "a": "x", "b": [ 1, null, true ] }',
    "data.toml": 'a = "x"\n[b]\nc = 1\n',
    "text.txt": "line\n",
  };

  test.each<[string, string, unknown]>([
    ["a set", "import ./set.nix", { a: 1, b: 7 }],
    ["a function", "import ./function.nix { x = 1; z = 1; }", { y: 2 }],
    ["a path that is put together", 'let name = "function"; in import ./${name}.nix { x = 1; }', { y: 6 }],
    ["a path with a suffix", 'import (./. + "/set.nix")', { a: 1, b: 7 }],
    ["one that imports itself", "import ./loop.nix", unknown("it refers to itself")],
    ["two that take from each other", "(import ./one.nix).b", 1],
    ["one that is not there", "import ./none.nix", unknown('there is no file "none.nix"')],
    ["one with a syntax error", "(import ./broken.nix).a", unknown("there is a syntax error in it or around it")],
    ["JSON", "builtins.fromJSON (builtins.readFile ./data.json)", { a: "x", b: [1, null, true] }],
    ["JSON by lib", "lib.importJSON ./data.json", { a: "x", b: [1, null, true] }],
    ["TOML", "builtins.fromTOML (builtins.readFile ./data.toml)", { a: "x", b: { c: 1 } }],
    ["TOML by lib", "lib.importTOML ./data.toml", { a: "x", b: { c: 1 } }],
    ["text", "[ (builtins.readFile ./text.txt) (lib.fileContents ./text.txt) ]", ["line\n", "line"]],
    ["nixpkgs", "import <nixpkgs>", unknown("it comes from another file")],
  ])("%s", (_, text, value) => {
    expect(evaluated(text, { files })).toEqual(value);
  });

  test("strings of theirs are tokens of theirs", () => {
    const token = withValue("(lib.importJSON ./data.json).a", { files }, (value) => (value as StringValue).token);
    expect(token).toEqual({ file: "data.json", range: { start: 7, end: 10 } });
  });
});

describe("what a string was taken out of", () => {
  const text = (expression: string) => `let ref = "org/app:1.2@sha256:abc"; in ${expression}`;

  /** What is written where a value says that it is. */
  const writtenIn = (expression: string) => {
    const whole = text(expression);
    return withValue(whole, {}, (value: Value) => {
      if (value.kind !== "string") return value;
      const { part, token } = value;
      return {
        value: value.text,
        part: part && whole.slice(part.range.start, part.range.end),
        isToken: token !== null,
      };
    });
  };

  test.each<[string, string, string, boolean]>([
    ["itself", "ref", "org/app:1.2@sha256:abc", true],
    ["by a function that gives it whole", "(x: lib.id (toString x)) ref", "org/app:1.2@sha256:abc", true],
    ["a prefix that is not there", 'lib.removePrefix "v" ref', "org/app:1.2@sha256:abc", true],
    ["match", 'builtins.elemAt (builtins.match "(.+):(.+)@(.+)" ref) 2', "sha256:abc", false],
    ["split", 'builtins.head (builtins.split "@" ref)', "org/app:1.2", false],
    ["splitString", 'lib.last (lib.splitString "@" ref)', "sha256:abc", false],
    ["substring", "builtins.substring 4 3 ref", "app", false],
    ["removePrefix", 'lib.removePrefix "org/" ref', "app:1.2@sha256:abc", false],
    ["twice", 'lib.removePrefix "sha256:" (lib.last (lib.splitString "@" ref))', "abc", false],
  ])("by %s", (_, expression, value, isToken) => {
    expect(writtenIn(expression)).toEqual({ value, part: value, isToken });
  });

  test.each<[string, string, string]>([
    ["a token with escapes", String.raw`builtins.substring 2 1 "a\nbc"`, "b"],
    ["parts", 'builtins.substring 0 2 ("a" + "b")', "ab"],
    ["replaced parts", 'builtins.replaceStrings [ "1" ] [ "2" ] ref', "org/app:2.2@sha256:abc"],
  ])("not of %s", (_, expression, value) => {
    expect(writtenIn(expression)).toEqual({ value, part: null, isToken: false });
  });
});

describe("hostile code ends in an answer", () => {
  const deep = (before: string, inside: string, after = "") => before.repeat(100_000) + inside + after.repeat(100_000);

  test.each<[string, string]>([
    ["parentheses", deep("(", "1", ")")],
    ["sums", deep("1 + ", "1")],
    ["negations", deep("!", "true")],
    ["self-application", "(x: x x) (x: x x)"],
    ["mutual recursion", "let f = x: g x; g = x: f x; in f 1"],
    ["counting", "let f = n: f (n + 1); in f 0"],
    ["doubling", 'let f = n: s: if n == 0 then s else f (n - 1) (s + s); in f 100 "aa"'],
    [
      "sharing",
      `let a0 = [ 1 ]; ${Array.from({ length: 100 }, (_, i) => `a${i + 1} = [ a${i} a${i} ];`).join(" ")} in a100 == a100`,
    ],
    [
      "applications",
      `let a0 = x: x; ${Array.from({ length: 100 }, (_, i) => `a${i + 1} = x: a${i} (a${i} x);`).join(" ")} in a100 1`,
    ],
    ["a fold over a million", "builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) 1000000)"],
    [
      "replacing",
      'let f = n: s: if n == 0 then s else f (n - 1) (builtins.replaceStrings [ "a" ] [ "aaaaaaaaaa" ] s); in f 50 "a"',
    ],
    ["a regular expression", `builtins.match "((((a*)*)*)*)*b" "${"a".repeat(10_000)}"`],
    [
      "a large regular expression",
      `builtins.match "(((((a{1,99}){1,99}){1,99}){1,99}){1,99})" "${"a".repeat(10_000)}"`,
    ],
    ["a fixed point", "lib.fix (x: x)"],
    ["a functor of itself", "let s = { __functor = self: x: s x; }; in s 1"],
    ["a pipe to itself", "let f = x: x |> f; in f 1"],
  ])("%s", (_, text) => {
    expect(evaluated(text)).toHaveProperty("unknown");
  });
});
