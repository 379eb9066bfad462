// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Nix writes its interpolations like that
import { describe, expect, test } from "vitest";
import type { AttributeReading } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { nixParser } from "../../support/nix-parser.ts";

/** Reads the digest of the first pin in a text. */
function digestIn(text: string): { reading: AttributeReading; token: string | null } {
  const reading = readNixFile(nixParser, "file.nix", text).pins[0]!.imageDigest;
  const range = reading.state === "known" ? reading.editable?.range : undefined;
  return { reading, token: range === undefined ? null : text.slice(range.start, range.end) };
}

const pin = (digest: string) => `{ imageName = "org/app"; imageDigest = ${digest}; }`;

describe("why a value is unknown, in a user's words", () => {
  test.each([
    ["an argument", `{ digest }: ${pin("digest")}`, '"digest" is an argument of the function around it'],
    ["a name that is not there", pin("digest"), '"digest" is not defined in this file'],
    ["from outside", `{ config }: ${pin("config.app.digest")}`, '"config.app.digest" comes from outside this file'],
    ["an attribute that is not there", pin("{ a = 1; }.b"), 'there is no attribute "b"'],
    ["a table without the systems", `{ pkgs }: ${pin("{ }.${pkgs.system}")}`, 'there is no attribute "${pkgs.system}"'],
    ["a call", `{ config }: ${pin("config.lib.digestOf ./digest")}`, 'it is computed by "config.lib.digestOf"'],
    ["a call without an argument", `let f = { x }: x; in ${pin("f { }")}`, 'the function is not given "x"'],
    [
      "a call with one argument too many",
      `let f = { }: "a"; in ${pin("f { x = 1; }")}`,
      'the function does not take "x"',
    ],
    ["fakeHash of some other lib", pin("(import ./lib.nix).lib.fakeHash"), "it is in another file"],
    ["another file", pin("import ./digest.nix"), "it is in another file"],
    ["a path", pin("./digest"), "it is not a string"],
    ["a number", pin("5"), "it is not a string"],
    ["itself", `let a = a; in ${pin("a")}`, "it refers to itself"],
    [
      "a with over a computed set",
      `with import ./lib.nix; ${pin("digest")}`,
      '"digest" may come from a "with" whose set can\'t be read: it is in another file',
    ],
    ["an unknown operator", pin('"a" - "b"'), 'it is computed with "-"'],
    ["pipes", pin('"a" |> f'), 'it is computed by "f"'],
    ["a rec set with __overrides", `rec { __overrides = { }; imageDigest = ""; }`, "the set has __overrides"],
    ["old let", pin('let { body = "a"; }'), "it is written in a way that is not read"],
  ])("%s", (_, text, reason) => {
    expect(digestIn(text).reading).toMatchObject({ state: "unknown", reason });
  });
});

describe("the literal that may be rewritten", () => {
  test.each([
    ["where it stands", pin('"x"'), '"x"'],
    ["in parentheses", pin('("x")'), '"x"'],
    ["in a whole interpolation", pin('"${"x"}"'), '"x"'],
    ["behind a variable", `let d = "x"; in ${pin("d")}`, '"x"'],
    ["behind two variables", `let d = "x"; e = d; in ${pin('"${e}"')}`, '"x"'],
    ["behind inherit", `let imageDigest = "x"; in { imageName = "a"; inherit imageDigest; }`, '"x"'],
    ["in a set", `let s = { d = "x"; }; in ${pin("s.d")}`, '"x"'],
    ["in the branch that counts", pin('if 1 == 1 then "x" else "y"'), '"x"'],
    ["in a variable of two pins", `let d = "x"; in [ ${pin("d")} ${pin("d")} ]`, '"x"'],
    ["in a rec set", `rec { imageName = "a"; imageDigest = d; d = "x"; }`, '"x"'],
    ["a shadowed variable's", `let d = "x"; in { a = d: d; b = ${pin("d")}; }`, '"x"'],
    ["the default of an argument", `{ d ? "x" }: ${pin("d")}`, '"x"'],
    ["an indented string", pin("''x''"), "''x''"],
    ["a URI", pin("sha256:abc"), "sha256:abc"],
    ["lib.fakeHash", `{ lib }: ${pin("lib.fakeHash")}`, "lib.fakeHash"],
    ["fakeHash of an imported nixpkgs", `with import <nixpkgs> { }; ${pin("lib.fakeHash")}`, "lib.fakeHash"],
    [
      "fakeHash of a flake's nixpkgs",
      `{ inputs }: ${pin("inputs.nixpkgs.lib.fakeHash")}`,
      "inputs.nixpkgs.lib.fakeHash",
    ],
  ])("%s", (_, text, token) => {
    expect(digestIn(text).token).toBe(token);
  });

  test.each([
    ["parts", pin('"sha256:" + "x"'), "it is put together from several strings"],
    ["an interpolation", `let d = "x"; in ${pin('"sha256:${d}"')}`, "it is put together from several strings"],
    [
      "a variable with another use",
      `let d = "x"; in { label = d; a = ${pin("d")}; }`,
      'the variable "d" is used for other things too',
    ],
    [
      "a variable that is part of another string",
      `let d = "x"; in { label = "@\${d}"; a = ${pin("d")}; }`,
      'the variable "d" is used for other things too',
    ],
    [
      "a variable whose alias has another use",
      `let d = "x"; e = d; in { label = e; a = ${pin("d")}; }`,
      'the variable "d" is used for other things too',
    ],
    [
      "an attribute that its rec set uses",
      `rec { imageName = "a"; imageDigest = "x"; label = imageDigest; }`,
      'the variable "imageDigest" is used for other things too',
    ],
    [
      "a string of two attributes",
      `let d = "x"; in { imageName = "a"; imageDigest = d; finalImageTag = d; }`,
      'the variable "d" is used for other things too',
    ],
    [
      "a string of two attributes by way of a set",
      `let s.d = "x"; in { imageName = "a"; imageDigest = s.d; finalImageTag = s.d; }`,
      "the same string is its finalImageTag",
    ],
  ])("none of %s", (_, text, blocked) => {
    expect(digestIn(text).reading).toMatchObject({ state: "known", editable: null, blocked });
  });

  test("what a value was built from is known even so", () => {
    const text = `let d = "x"; in ${pin('"sha256:${d}" + "y"')}`;
    const { reading } = digestIn(text);
    const literals = reading.state === "known" ? reading.provenance : [];
    expect(literals.map(({ range }) => text.slice(range.start, range.end)).sort()).toEqual([
      '"sha256:${d}"',
      '"x"',
      '"y"',
    ]);
  });
});
