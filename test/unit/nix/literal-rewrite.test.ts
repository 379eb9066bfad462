import { expect, test } from "vitest";
import { rewriteLiteral } from "../../../server/src/nix/literal-rewrite.ts";

const FAKE_HASH = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

test.each([
  ["a string", '"old"', "old", "new", '"new"'],
  ["an indented string", "''old''", "old", "new", "''new''"],
  ["an empty string", '""', "", "new", '"new"'],
  ["an empty indented string", "''''", "", "new", "''new''"],
  ["the end of a value", '"aa"', "sha256:aa", "sha256:bb", '"bb"'],
  ["the start of a value", '"sha256:a"', "sha256:aa/", "sha256:ba/", '"sha256:b"'],
  ["the middle of a value", '"b"', "abc", "axxc", '"xx"'],
  ["a part, when the other parts are not in the new value", '"aa"', "sha256-aa", "sha256:bb", null],
  ["a part that occurs twice", '"a"', "aba", "cbc", null],
  ["a part that would have a negative length", '"-"', "aba-aba", "aba", null],
  ["no part of the value", '"x"', "old", "new", null],
  ["an empty part", '""', "old", "new", null],
  ["lib.fakeHash", "lib.fakeHash", FAKE_HASH, "new", '"new"'],
  ["lib.fakeSha256", "pkgs.lib.fakeSha256", "0".repeat(64), "new", '"new"'],
  ["a URI without quotes", "sha256:aa", "sha256:aa", "sha256:bb", '"sha256:bb"'],
  ["an expression that is only a part", "lib.fakeSha256", `sha256:${"0".repeat(64)}`, "new", null],
])("%s", (_what, token, oldValue, newValue, rewritten) => {
  expect(rewriteLiteral(token, oldValue, newValue)).toBe(rewritten);
});
