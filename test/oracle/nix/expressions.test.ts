import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withSyntaxTree } from "../../../server/src/nix/grammar.ts";
import type { AttributeReading } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { nixEvalAll } from "../../support/nix-eval.ts";
import { nixParser } from "../../support/nix-parser.ts";
import { isMissing } from "../../support/tools.ts";

describe.skipIf(isMissing("nix-instantiate"))("what is read of an expression is what Nix computes", () => {
  test("for strings of every kind of character", async () => {
    const texts = stringLiterals(1000).filter((text) =>
      withSyntaxTree(nixParser, { file: "fixture.nix", text }, (root) => !root.hasError),
    );
    const answers = await nixEvalAll(texts);
    const accepted = texts.flatMap((text, index) => {
      const answer = answers[index];
      return answer === null || answer === undefined ? [] : [{ text, value: answer.value }];
    });
    expect(accepted.length).toBeGreaterThan(300);
    expect(accepted.map(({ text }) => ({ text, ...known(readExpression(text)) }))).toEqual(accepted);
  });

  // What must be read: the constructs that pins are made of.
  test.each([
    ["plain", `"a"`],
    ["escapes", String.raw`"a\n\t\r\\\"\${x}\x$${"y"}$"`],
    ["a line break in a string", `"a\nb"`],
    ["an indented string", `''\n    a\n      b\n\n    c\n  ''`],
    ["escapes in an indented string", `''\n    a''\${x} ''\\n ''' ''$ $$ \${"z"}\n  ''`],
    ["an indented string that begins with an interpolation", `''\n  \${"a"}\n    b''`],
    ["interpolation of a whole string", `let x = "a"; in "\${x}"`],
    ["interpolation", `let x = "a"; in "b\${x}c\${"d"}"`],
    ["nested interpolation", `"a\${"b\${"c"}"}"`],
    ["a URI", `https://example.org/a`],
    ["let", `let a = b; b = "x"; in a`],
    ["let in let", `let a = "outer"; in let b = a; a = "inner"; in b`],
    ["rec", `(rec { a = b + "!"; b = "x"; }).a`],
    ["a set that is not rec", `let b = "outer"; in { a = b; b = "inner"; }.a`],
    ["inherit in a rec set", `let a = "outer"; in (rec { inherit a; b = a; }).b`],
    ["inherit in let", `let a = "x"; in let inherit a; b = a; in b`],
    ["inherit from a set", `let s = { a = "x"; }; in { inherit (s) a; }.a`],
    ["inherit from a set in rec", `(rec { s = { a = "x"; }; inherit (s) a; b = a; }).b`],
    ["nested attribute paths", `{ a.b.c = "x"; a.b.d = "y"; }.a.b.d`],
    ["paths that go on in a set", `{ a.b = "x"; a = { c = "y"; }; }.a.c`],
    ["a path into a rec set", `let a = "outer"; in (rec { a.b = "x"; c = a.b; }).c`],
    ["quoted keys", `{ "a b" = "x"; }."a b"`],
    ["computed keys", `let k = "a"; in { \${k} = "x"; }.\${k}`],
    ["a null key", `{ \${null} = "x"; a = "y"; }.a`],
    ["selection with a default", `{ a = { }; }.a.b or "x"`],
    ["selection from what is no set, with a default", `{ a = "s"; }.a.b or "x"`],
    ["has attribute", `let s = { a.b = 1; }; in if s ? a.b && !(s ? a.c) then "yes" else "no"`],
    ["with", `with { a = "x"; }; a`],
    ["the innermost with", `with { a = "outer"; }; with { a = "inner"; }; a`],
    ["an outer with", `with { a = "outer"; }; with { b = "inner"; }; a`],
    ["let before with", `let a = "let"; in with { a = "with"; }; a`],
    ["built-in names before with", `with { true = false; }; if true then "yes" else "no"`],
    ["a let far outside before a with", `let a = "let"; in with { a = 1; }; with { a = 2; }; a`],
    ["if", `if "a" == "a" then "yes" else "no"`],
    ["conditions", `if !(1 == 2) && ("a" != "b" || false) then "yes" else "no"`],
    ["numbers and strings differ", `if 1 == "1" then "yes" else "no"`],
    ["null", `if null == null then "yes" else "no"`],
    ["assert", `assert true; "x"`],
    ["plus", `"a" + "b" + ("c" + "d")`],
    ["update", `({ a = "x"; b = "y"; } // { a = "z"; }).a`],
    ["update keeps the rest", `({ a = "x"; b = "y"; } // { a = "z"; }).b`],
    ["update is from the right", `({ a = "1"; } // { a = "2"; } // { a = "3"; }).a`],
    ["update is shallow", `({ a.b = "1"; } // { a.c = "2"; }).a.b or "none"`],
    ["lists do not matter", `let l = [ 1 ] ++ [ 2 ]; in "x"`],
    ["a comment inside", `let a = /* c */ "x"; # d\nin a`],
    ["names with quotes and dashes", `let a' = "x"; b-c = a'; in b-c`],
    ["or as a name's neighbour", `let orange = "x"; in orange`],
    ["keywords inside names", `let inherited = "x"; lets = inherited; in lets`],
    ["pipes around", `let a = "x"; in (a)`],
  ])("of %s", async (_, expression) => {
    const [answer] = await nixEvalAll([expression]);
    expect(answer).not.toBeNull();
    expect(known(readExpression(expression))).toEqual({ value: answer?.value });
  });

  // What must not be claimed: Nix refuses these, or gives what is no string.
  test.each([
    `let a = a; in a`,
    `"\${toString 1}" + 1`,
    `{ a = "x"; a = "y"; }.a`,
    `{ a = "x"; }.b`,
    `undefined`,
    `"\${1}"`,
    `if 1 then "a" else "b"`,
    `{ a = rec { b = "x"; }; a.c = "y"; a.b = "z"; }.a.b`,
    `(rec { \${"a"} = "x"; b = c; }).b`,
    `with { a = "x"; }; b`,
    `assert false; "x"`,
    `"x" || true`,
    `let f = x: x; in f`,
    `{ inherit ({ }) a; }.a`,
    `5`,
    `./path`,
    `null`,
  ])("and nothing of %s", async (expression) => {
    const [answer] = await nixEvalAll([expression]);
    expect(typeof answer?.value === "string" ? answer.value.startsWith("/") : true).toBe(true);
    expect(readExpression(expression).state).toBe("unknown");
  });
});

function readExpression(expression: string): AttributeReading {
  const text = `{ imageName = ${expression}\n; imageDigest = ""; }`;
  return readNixFile(nixParser, "expression.nix", text).pins[0]!.imageName;
}

function known(reading: AttributeReading | undefined): { value: unknown } | undefined {
  return reading?.state === "known" ? { value: reading.value } : { value: reading };
}

function stringLiterals(count: number): string[] {
  const pieces = [
    "$",
    "{",
    "}",
    "\\",
    "'",
    '"',
    "\n",
    " ",
    "  ",
    "a",
    "''",
    "$$",
    "''$",
    "''\\",
    "\\n",
    "$" + '{"b"}',
    "é",
    "\t",
  ];
  const content = fc.array(fc.constantFrom(...pieces), { maxLength: 10 }).map((parts) => parts.join(""));
  const literal = fc.tuple(fc.boolean(), content).map(([plain, text]) => (plain ? `"${text}"` : `''${text}''`));
  return fc.sample(literal, { numRuns: count, seed: 20261124 });
}
