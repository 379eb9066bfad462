import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withSyntaxTree } from "../../../server/src/nix/grammar.ts";
import { maskForGrammar } from "../../../server/src/nix/mask.ts";
import { nixParser } from "../../support/nix-parser.ts";

describe("the mask", () => {
  test.each([
    ["the comma after the last formal", "{ a, b, }: a", "{ a, b  }: a"],
    ["with a line break", "{ a,\n}: a", "{ a \n}: a"],
    ["with a comment, where masking does no harm", "{ a, # why, }\n}: a", "{ a  # why  }\n}: a"],
    ["with comments of both kinds", "{ a, /* x */ # y\n /* z, */ }: a", "{ a  /* x */ # y\n /* z, */ }: a"],
    ["after a string that looks like a comment", '{ a ? ", # x", b, }: a', '{ a ? ", # x", b  }: a'],
    ["no comma before an ellipsis", "{ a, ... }: a", "{ a, ... }: a"],
    ["pipes", "a |> b <| c", "a -> b -> c"],
    ["no comparison", "a <= b || c", "a <= b || c"],
    ["a comma at the end", "a,", "a,"],
    ["a comma before an open comment", "a, /* b }", "a, /* b }"],
  ])("of %s", (_, text, masked) => {
    expect(maskForGrammar(text)).toBe(masked);
  });

  test("keeps the length and the lines of any text", () => {
    const pieces = [",", "}", "{", "#", "/*", "*/", "\n", " ", "a", '"', "|>", "<|", "|", ">"];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces)), (parts) => {
        const text = parts.join("");
        const masked = maskForGrammar(text);
        expect(masked.length).toBe(text.length);
        expect(masked.split("\n").length).toBe(text.split("\n").length);
      }),
    );
  });

  test.each([
    "{ a, b, }: a",
    "{ a, b ? 1, # c\n}: a |> b",
    "x: { y, }: x <| y |> z",
    "{ ... }: 1",
    "{ a, }@args: args",
  ])("lets the grammar parse %s", (text) => {
    expect(withSyntaxTree(nixParser, { file: "fixture.nix", text }, (root) => root.hasError)).toBe(false);
  });
});
