// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Nix writes its interpolations like that
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nixEvalAll } from "../../support/nix-eval.ts";
import { plainValue, UNKNOWN, withValue } from "../../support/nix-value.ts";
import { isMissing } from "../../support/tools.ts";

const lib = (expression: string) => `let lib = import <nixpkgs/lib>; in ${expression}`;

/** What must be read. */
const READ: Readonly<Record<string, readonly string[]>> = {
  calls: [
    `(x: x) 1`,
    `(x: y: x - y) 5 3`,
    `({ a, b ? a + 1 }: [ a b ]) { a = 1; }`,
    `({ a, b ? a + 1 }: [ a b ]) { a = 1; b = 5; }`,
    `({ a, ... }@args: args) { a = 1; c = 2; }`,
    `(args@{ a ? 1, ... }: args) { }`,
    `({ a ? 1 }@args: args ? a) { }`,
    `let f = { a, b }: c: [ a b c ]; in map (f { a = 1; b = 2; }) [ 3 4 ]`,
    `let s = { __functor = self: x: self.base + x; base = 10; }; in s 5`,
    `let compose = f: g: x: f (g x); in compose (x: x * 2) (x: x + 1) 3`,
    `let f = n: if n == 0 then 1 else n * f (n - 1); in f 10`,
    `let even = n: if n == 0 then true else odd (n - 1); odd = n: if n == 0 then false else even (n - 1); in even 20`,
    `let x = 1; f = y: x + y; in let x = 100; in f 1`,
    `(x: let f = y: x + y; in f 1 + f 2) 10`,
    `let add = a: b: a + b; inc = add 1; in [ (inc 1) (inc 2) ]`,
    `({ x ? "d" }: { inherit x; }) { x = "given"; }`,
    `(with { f = x: x + 1; }; f) 1`,
    `builtins.map (x: { n = x; }) [ 1 2 ]`,
    `let f = { a ? b, b ? 2 }: a; in [ (f { }) (f { b = 3; }) ]`,
  ],
  operators: [
    `1 + 2 * 3 - 4`,
    `7 / 2`,
    `-7 / 2`,
    `- 3`,
    `[ (1 < 2) (2 <= 1) (3 > 2) (3 >= 4) ]`,
    `[ ("a" < "b") ("b" < "a") ("a" < "ab") ("Z" < "a") ("é" > "z") ]`,
    `[ (true -> false) (false -> true) ]`,
    `{ a = 1; b = [ 1 { c = "x"; } ]; } == { b = [ 1 { c = "x"; } ]; a = 1; }`,
    `[ ([ ] == [ ]) ([ 1 ] == [ 2 ]) ([ 1 ] == [ 1 1 ]) ({ } == [ ]) ({ a = 1; } == { b = 1; }) (null == false) ]`,
    `[ 1 ] ++ [ 2 ] ++ [ ]`,
    `9223372036854775807`,
    `5 - 3 - 1`,
    `2 - -3`,
    `!true || false -> true`,
    `[ ((x: x) == 1) ("a" != 1) ]`,
  ],
  lists: [
    `builtins.elemAt [ "a" "b" ] 1`,
    `[ (builtins.head [ 1 2 ]) (builtins.tail [ 1 2 3 ]) (builtins.length [ 1 2 3 ]) ]`,
    `builtins.filter (x: x > 1) [ 1 2 3 ]`,
    `builtins.concatLists [ [ 1 ] [ ] [ 2 3 ] ]`,
    `builtins.concatMap (x: [ x x ]) [ 1 2 ]`,
    `builtins.foldl' (a: b: a * 10 + b) 0 [ 1 2 3 ]`,
    `builtins.genList (x: x * x) 5`,
    `[ (builtins.all (x: x > 0) [ 1 2 ]) (builtins.any (x: x > 1) [ 1 2 ]) (builtins.all (x: false) [ ]) (builtins.any (x: true) [ ]) ]`,
    `[ (builtins.elem 2 [ 1 2 ]) (builtins.elem "x" [ ]) (builtins.elem { a = 1; } [ { a = 1; } ]) ]`,
    `builtins.any (x: x == 1) [ 1 (throw "never") ]`,
    `builtins.head [ 1 (throw "never") ]`,
  ],
  "attribute sets": [
    `builtins.attrNames { b = 1; a = 2; "Z" = 3; "1" = 4; "a-b" = 5; "aé" = 6; a_b = 7; }`,
    `builtins.attrValues { b = 1; a = 2; }`,
    `builtins.getAttr "a" { a = 1; }`,
    `[ (builtins.hasAttr "a" { a = 1; }) (builtins.hasAttr "b" { a = 1; }) ]`,
    `builtins.listToAttrs [ { name = "a"; value = 1; } { name = "a"; value = 2; } { name = "b"; value = 3; extra = 4; } ]`,
    `builtins.mapAttrs (n: v: n + toString v) { a = 1; b = 2; }`,
    `builtins.removeAttrs { a = 1; b = 2; } [ "a" "c" ]`,
    `removeAttrs { a = 1; } [ ]`,
    `builtins.intersectAttrs { a = 1; b = 2; } { b = 3; c = 4; }`,
    `builtins.catAttrs "a" [ { a = 1; } { b = 0; } { a = 2; } ]`,
    `builtins.functionArgs ({ a, b ? 1, ... }: a)`,
    `builtins.mapAttrs (n: { v, ... }: v) { a = { v = "x"; w = 1; }; }`,
  ],
  strings: [
    `builtins.concatStringsSep ", " [ "a" "b" "c" ]`,
    `[ (builtins.concatStringsSep "-" [ ]) (builtins.concatStringsSep "-" [ "a" ]) ]`,
    `builtins.replaceStrings [ "oo" "a" ] [ "a" "oo" ] "foobar"`,
    `builtins.replaceStrings [ "" ] [ "X" ] "abc"`,
    `builtins.replaceStrings [ "" "a" ] [ "X" "Y" ] "abc"`,
    `builtins.replaceStrings [ "a" "" ] [ "X" "Y" ] "abc"`,
    `builtins.replaceStrings [ "a" "ab" ] [ "1" "2" ] "ababc"`,
    `builtins.replaceStrings [ "_" ] [ "." ] "1_2_3"`,
    `builtins.replaceStrings [ "a" ] [ "" ] ""`,
    `builtins.replaceStrings [ "" ] [ "x" ] ""`,
    `[ (builtins.substring 0 3 "abcdef") (builtins.substring 2 100 "abc") (builtins.substring 5 1 "abc") (builtins.substring 1 (-1) "abc") (builtins.substring 0 0 "abc") ]`,
    `[ (builtins.stringLength "abc") (builtins.stringLength "é") ]`,
    `[ (toString 1) (toString true) (toString false) (toString null) (toString "x") (toString [ 1 [ ] [ 2 "a" ] true null ]) (toString [ [ ] 1 ]) (toString [ 1 [ ] ]) ]`,
    `toString { __toString = self: self.a + "!"; a = "x"; }`,
    `toString { outPath = "x"; }`,
    `toString (-5)`,
    `[ (baseNameOf "a/b/c") (baseNameOf "a/b/") (baseNameOf "a") (baseNameOf "/") (baseNameOf "") (baseNameOf "a//") ]`,
    `builtins.splitVersion "1.2.3a-pre4.x"`,
    `map ({ a, b }: builtins.compareVersions a b) [ { a = "1.0"; b = "1.1"; } { a = "2.3a"; b = "2.3.1"; } { a = "1.0pre1"; b = "1.0"; } { a = "1.10"; b = "1.9"; } { a = "1"; b = "1"; } { a = "1.a"; b = "1.b"; } { a = "1.2"; b = "1.2.pre"; } { a = ""; b = "1"; } ]`,
    `builtins.toString "x"`,
  ],
  "regular expressions": [
    `builtins.match "(.+):(.+)@(.+)" "org/app:1.2@sha256:abc"`,
    `builtins.match "([^:]+):([^@]+)@(sha256:[0-9a-f]+)" "org/app:1.2@sha256:abc012"`,
    `builtins.match "(.+/)(.+):(.+)@(.+)" "ghcr.io/org/app:1.2@sha256:abc"`,
    `builtins.match "(([^/]+)/)?([^:]+):(.*)" "app:1"`,
    `builtins.match "a" "b"`,
    `builtins.match "^(a+)$" "aaa"`,
    `builtins.match "[[:space:]]*([^[:space:]]+)[[:space:]]*" "  x "`,
    `builtins.match "(a|ab)(c|bcd)(d*)" "abcd"`,
    `builtins.match "a.c" "a\nc"`,
    `builtins.match "a\\.b" "a.b"`,
    `builtins.match "a\\.b" "axb"`,
    `builtins.match "[\\.]" "."`,
    `builtins.match "[]x]+" "]x]"`,
    `builtins.match "[a-]+" "a-a"`,
    `builtins.match "[^]]+" "abc"`,
    `builtins.match "a{2,3}" "aaa"`,
    `builtins.match "(a){2}" "aa"`,
    `builtins.match "" ""`,
    `builtins.match ".*" ""`,
    `builtins.match "(x)?y" "y"`,
    `builtins.match "([0-9]+)\\.([0-9]+)(\\.([0-9]+))?" "1.25"`,
    `builtins.match "x}" "x}"`,
    `builtins.match "a|b$" "b"`,
    `builtins.split ":" "a:b:c"`,
    `builtins.split "(a)(b)?" "xaxab"`,
    `builtins.split "x" "abc"`,
    `builtins.split "[@:]" "org/app:1.2@sha256:ab"`,
    `builtins.split "a" "a"`,
    `builtins.split "aa?" "aaaa"`,
  ],
  types: [
    `map builtins.typeOf [ 1 "a" null true [ ] { } (x: x) builtins.map ./. ]`,
    `[ (builtins.isString "a") (builtins.isAttrs { }) (builtins.isList [ ]) (isNull null) (builtins.isInt 1) (builtins.isBool 1) (builtins.isFunction (x: x)) (builtins.isFunction map) ]`,
    `[ (builtins.add 1 2) (builtins.sub 1 2) (builtins.mul 2 3) (builtins.div 7 2) (builtins.lessThan 1 2) ]`,
    `builtins.seq 1 2`,
    `builtins.deepSeq 1 2`,
  ],
  "nixpkgs' lib": [
    `lib.optionalAttrs true { a = 1; } // lib.optionalAttrs false { b = 1; }`,
    `[ (lib.optional true 1) (lib.optional false 1) (lib.optionals true [ 1 2 ]) (lib.optionalString false "x") (lib.optionalString true "x") ]`,
    `lib.recursiveUpdate { a = { b = 1; c = 2; }; d = 3; } { a = { b = 9; e.f = 1; }; d = { }; }`,
    `lib.mapAttrs' (n: v: lib.nameValuePair ("x" + n) (v + 1)) { a = 1; b = 2; }`,
    `lib.mapAttrsToList (n: v: n + v) { b = "1"; a = "2"; }`,
    `lib.filterAttrs (n: v: v > 1) { a = 1; b = 2; }`,
    `lib.genAttrs [ "a" "b" ] (n: n + "!")`,
    `[ (lib.attrByPath [ "a" "b" ] 0 { a.b = 1; }) (lib.attrByPath [ "a" "c" ] 0 { a.b = 1; }) (lib.getAttrFromPath [ "a" "b" ] { a.b = 1; }) ]`,
    `[ (lib.hasPrefix "a" "ab") (lib.hasSuffix "a" "ab") (lib.removePrefix "v" "v1.2") (lib.removePrefix "x" "v1.2") (lib.removeSuffix "-x" "1-x") ]`,
    `lib.splitString "/" "a/b//c"`,
    `[ (lib.splitString "." "abc") (lib.splitString "." "") (lib.splitString "::" "a::b:c") ]`,
    `[ (lib.concatStrings [ "a" "b" ]) (lib.concatMapStrings (x: x + ".") [ "a" "b" ]) (lib.concatMapStringsSep "," (x: x + x) [ "a" "b" ]) ]`,
    `[ (lib.head [ 1 2 ]) (lib.last [ 1 2 ]) (lib.init [ 1 2 ]) (lib.flatten [ 1 [ 2 [ 3 ] [ ] ] ]) (lib.singleton 1) ]`,
    `[ (lib.flip (a: b: a - b) 1 5) (lib.id 3) (lib.const 1 2) (lib.pipe 1 [ (x: x + 1) (x: x * 3) ]) ]`,
    `[ (lib.toLower "AbC-É") (lib.toUpper "abc-é") ]`,
    `[ (lib.versions.major "1.2.3") (lib.versions.majorMinor "1.2.3") (lib.versions.minor "1.2.3") ]`,
    `[ (lib.foldl (a: b: a - b) 10 [ 1 2 ]) (lib.foldr (a: b: a - b) 10 [ 1 2 ]) ]`,
    `[ lib.fakeHash lib.fakeSha256 ]`,
    `with lib; optionalAttrs true { a = toLower "A"; }`,
    `let inherit (lib) genAttrs; in genAttrs [ "x" ] (x: 1)`,
    `(lib.makeOverridable ({ a, b ? 2 }: { c = a + b; }) { a = 1; }).c`,
    `lib.strings.removePrefix "a" (lib.strings.toLower "ABC")`,
  ],
};

/** What Nix refuses, or what is better not claimed. */
const NOT_READ: readonly string[] = [
  `({ a }: a) { }`,
  `({ a }: a) { a = 1; b = 2; }`,
  `({ a }: a) 1`,
  `1 2`,
  `{ } 1`,
  `let f = f; in f 1`,
  `(x: x x) (x: x x)`,
  `1 / 0`,
  `99999999999999999999`,
  `1 + "a"`,
  `1 < "a"`,
  `builtins.elemAt [ ] 0`,
  `builtins.elemAt [ 1 ] (-1)`,
  `builtins.head [ ]`,
  `builtins.tail [ ]`,
  `builtins.map 1 2`,
  `builtins.getAttr "a" { }`,
  `builtins.listToAttrs [ { name = "a"; } ]`,
  `builtins.replaceStrings [ "a" ] [ ] "a"`,
  `builtins.substring (-1) 2 "abc"`,
  `builtins.match "(" "a"`,
  `builtins.match "a{2,1}" "a"`,
  `builtins.match "[z-a]" "a"`,
  `builtins.concatStringsSep "," [ 1 ]`,
  `builtins.concatLists [ 1 ]`,
  `builtins.filter (x: 1) [ 1 ]`,
  `throw "x"`,
  `builtins.throw "x"`,
  `abort "x"`,
  `toString (x: x)`,
  `toString { }`,
  `"\${toString { a = 1; }}"`,
  `lib.last [ ]`,
  `!1`,
  `-"a"`,
  `true && 1`,
  `[ 1 ] ++ 1`,
  `builtins.noSuchFunction 1`,
  `(import ./nowhere.nix).x`,
];

describe.skipIf(isMissing("nix-instantiate"))("functions give what Nix gives", () => {
  test.each(Object.entries(READ))("of %s", async (_, written) => {
    const expressions = written.map((expression) => (expression.includes("lib") ? lib(expression) : expression));
    const answers = await nixEvalAll(expressions);
    const read = expressions.map((expression) => ({ expression, value: withValue(expression, {}, plainValue) }));
    expect(read).toEqual(expressions.map((expression, index) => ({ expression, value: answers[index]?.value })));
  });

  test("and nothing where Nix gives nothing", async () => {
    const expressions = NOT_READ.map((expression) => (expression.includes("lib") ? lib(expression) : expression));
    const answers = await nixEvalAll(expressions);
    expect(expressions.filter((_, index) => answers[index] !== null)).toEqual([]);
    const read = expressions.map((expression) => ({ expression, value: withValue(expression, {}, plainValue) }));
    expect(read.filter(({ value }) => typeof value !== "object" || value === null || !(UNKNOWN in value))).toEqual([]);
  });

  test.each<[string, fc.Arbitrary<string>, number]>([
    ["match", regularExpression("match"), 0.3],
    ["split", regularExpression("split"), 0.3],
    ["replaceStrings", replacement(), 0.95],
    ["substring", substring(), 0.95],
    ["versions", versions(), 0.95],
    ["toString", listText(), 0.95],
    ["comparisons", comparison(), 0.95],
    ["integers", arithmetic(), 0.3],
    ["recursiveUpdate", recursiveUpdate(), 0.95],
  ])("for arbitrary arguments of %s", async (_, expression, readAtLeast) => {
    const expressions = fc.sample(expression, { numRuns: 200, seed: 20261124 });
    const answers = await nixEvalAll(expressions.map((each) => `builtins.tryEval (${each})`));
    const answered = expressions.flatMap((each, index) => {
      const answer = answers[index]?.value as { success: boolean; value: unknown } | undefined;
      return answer?.success ? [{ expression: each, value: answer.value }] : [];
    });
    const read = answered.map((each) => ({ ...each, value: withValue(each.expression, {}, plainValue) }));
    const known = read.flatMap((each, index) => (hasUnknown(each.value) ? [] : [[each, answered[index]!] as const]));
    expect(known.map(([one]) => one)).toEqual(known.map(([, other]) => other));
    expect(known.length).toBeGreaterThan(answered.length * readAtLeast);
    expect(answered.length).toBeGreaterThan(40);
  });
});

function hasUnknown(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return UNKNOWN in value || Object.values(value).some(hasUnknown);
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("$", "\\$");
}

function pieces(characters: string, maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...characters), { maxLength }).map((parts) => parts.join(""));
}

function regularExpression(name: string): fc.Arbitrary<string> {
  const atom = fc.oneof(
    {
      weight: 30,
      arbitrary: fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\\\.", ":", "[a-]", "[]a]", "[[:alpha:]]", "-"),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom("\\\\d", "[b-a]", "^", "$", "]", "}", "{", "[\\\\.]", "()", "[[.a.]]", "a|", "\n"),
    },
  );
  const { expression } = fc.letrec<{ expression: string; term: string }>((tie) => ({
    term: fc.oneof(
      { maxDepth: 3 },
      atom,
      tie("expression").map((inside) => `(${inside})`),
    ),
    expression: fc
      .array(fc.tuple(tie("term"), fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,2}")), {
        minLength: 1,
        maxLength: 3,
      })
      .chain((parts) => {
        const sequence = parts.map(([term, repetition]) => term + repetition).join("");
        return fc.constantFrom(sequence, sequence, sequence, `${sequence}|a`, `b|${sequence}`);
      }),
  }));
  return fc
    .tuple(expression, pieces("aab:.-\\", 6))
    .map(([written, text]) => `builtins.${name} "${written.replaceAll("$", "\\$")}" ${quoted(text)}`);
}

function replacement(): fc.Arbitrary<string> {
  const pair = fc.tuple(pieces("ab", 2), pieces("abc", 2));
  return fc.tuple(fc.array(pair, { maxLength: 3 }), pieces("abcé", 6)).map(([pairs, text]) => {
    const [from, to] = [0, 1].map((side) => pairs.map((pair) => quoted(pair[side]!)).join(" "));
    return `builtins.replaceStrings [ ${from} ] [ ${to} ] ${quoted(text.replaceAll("é", pairs.some(([one]) => one === "") ? "e" : "é"))}`;
  });
}

function substring(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: -1, max: 6 }), pieces("abc", 5))
    .map(([start, length, text]) => `builtins.substring ${start} (${length}) ${quoted(text)}`);
}

function versions(): fc.Arbitrary<string> {
  const version = pieces("0129..--apr", 6).chain((text) => fc.constantFrom(text, `${text}pre`, `1.${text}`));
  return fc
    .tuple(version, version)
    .map(([one, other]) => `[ (builtins.splitVersion "${one}") (builtins.compareVersions "${one}" "${other}") ]`);
}

function data(): fc.Arbitrary<string> {
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom("1", "(-2)", "null", "true", "false", '""', '"a"', '"b c"'),
      fc.array(tie("value"), { maxLength: 3 }).map((elements) => `[ ${elements.join(" ")} ]`),
    ),
  }));
  return value;
}

function listText(): fc.Arbitrary<string> {
  return data().map((value) => `toString ${value}`);
}

function set(): fc.Arbitrary<string> {
  const made = fc.letrec<{ value: string; set: string }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, fc.constantFrom("1", "null", '"a"', "[ 1 ]", "{ }"), tie("set")),
    set: fc
      .uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 3 })
      .chain((names) => fc.tuple(...names.map((name) => tie("value").map((inside) => `${name} = ${inside};`))))
      .map((bindings) => `{ ${bindings.join(" ")} }`),
  }));
  return made.set;
}

function comparison(): fc.Arbitrary<string> {
  return fc.tuple(set(), set()).map(([one, other]) => `[ (${one} == ${other}) (${one} != ${one}) ]`);
}

function recursiveUpdate(): fc.Arbitrary<string> {
  return fc.tuple(set(), set()).map(([one, other]) => lib(`lib.recursiveUpdate ${one} ${other}`));
}

function arithmetic(): fc.Arbitrary<string> {
  const number = fc.constantFrom("1", "7", "(-3)", "4611686018427387904");
  const operator = fc.constantFrom("+", "-", "*", "/");
  const order = fc.constantFrom("<", "<=", ">", ">=", "==", "!=");
  return fc.tuple(number, operator, number, operator, number, order).map(([a, one, b, other, c, compared]) => {
    const value = `${a} ${one} ${b} ${other} ${c}`;
    return `[ (${value}) (${value} ${compared} ${c}) ]`;
  });
}
