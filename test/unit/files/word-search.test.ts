import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { createWordSearch, sharedParts } from "../../../server/src/files/word-search.ts";

test.each([
  [["imageDigest", "pullImage"], ["mage"]],
  [
    ["imageDigest", "pullImage", "sha256:"],
    ["mage", "sha256:"],
  ],
  [
    ["abc", "abd"],
    ["abc", "abd"],
  ],
  [["fetch", "prefetch", "fetchImage"], ["fetch"]],
  [[], []],
])("what %j have in common", (words, parts) => {
  expect(sharedParts(words)).toEqual(parts);
});

test("a text that holds a word holds one of the parts", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const parts = sharedParts(words);
      for (const one of words) expect(parts.some((part) => one.includes(part))).toBe(true);
    }),
  );
});

test.each([
  ["a word", "-- pullImage --", true],
  ["a word in another encoding's neighbourhood", Buffer.from([0xff, 0xfe, ...Buffer.from("imageDigest")]), true],
  ["only a part", "an image", false],
  ["nothing", "", false],
  ["more than the window, which is to be looked at closer", "x".repeat(200), true],
])("a file with %s", (_, content, found) => {
  const folder = mkdtempSync(join(tmpdir(), "dockpin-word-search-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "file"), content);
  expect(createWordSearch(100)(join(folder, "file"), ["imageDigest", "pullImage"])).toBe(found);
});

test("a file that is not there is to be looked at closer, which tells why", () => {
  expect(createWordSearch(100)("/nowhere/at/all", ["word"])).toBe(true);
});
