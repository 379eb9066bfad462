import { stripVTControlCharacters } from "node:util";
import { applyPatch } from "diff";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { count, formatBytes, formatSeconds } from "../../../server/src/base/quantities.ts";
import { storeNameOf } from "../../../server/src/cli/nix-store.ts";
import { describeCounts } from "../../../server/src/cli/pin-report.ts";
import { createStyle, wantsColours } from "../../../server/src/cli/style.ts";
import { fitToWidth } from "../../../server/src/cli/terminal-width.ts";
import { paintDiff, unifiedDiff } from "../../../server/src/cli/unified-diff.ts";
import { printAttributeSet } from "../../../server/src/nix/attribute-text.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [999_949, "999.9 kB"],
  [999_951, "1.0 MB"],
  [45_200_000, "45.2 MB"],
  [3_000_000_000, "3.0 GB"],
  [-1, "0 B"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.04, "0.0 s"],
  [9.94, "9.9 s"],
  [9.96, "10 s"],
  [59.6, "1 min 00 s"],
  [185, "3 min 05 s"],
  [7800, "2 h 10 min"],
])("%f seconds are %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test.each([
  ["abc", 3, "abc"],
  ["abcd", 3, "ab…"],
  ["abcd", 1, "a"],
  ["abcd", 0, ""],
])("%j in %i columns is %j", (text, width, expected) => {
  expect(fitToWidth(text, width)).toBe(expected);
});

test("counting", () => {
  expect([count(1, "pin"), count(2, "pin")]).toEqual(["1 pin", "2 pins"]);
  expect(describeCounts([])).toBe("No pins found.");
  expect(describeCounts(["stale", "fresh", "stale"])).toBe("3 pins: 2 stale, 1 fresh.");
});

describe("unified diffs", () => {
  test("of equal texts are empty", () => {
    expect(unifiedDiff("a.nix", "x\n", "x\n")).toBe("");
  });

  test.each([
    ["sub/a.nix", "a/sub/a.nix"],
    ["sub\\a.nix", "a/sub/a.nix"],
    ["/etc/nixos/a.nix", "a/etc/nixos/a.nix"],
  ])("%j is named %j", (name, named) => {
    expect(unifiedDiff(name, "x\n", "y\n")).toBe(`--- ${named}\n+++ b${named.slice(1)}\n@@ -1,1 +1,1 @@\n-x\n+y\n`);
  });

  test("take the old text to the new one, whatever the line endings", () => {
    const text = fc.array(fc.constantFrom("a", "b", "\n", "\r\n", "{", " ")).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const patch = unifiedDiff("a.nix", before, after);
        expect(patch === "" ? before : applyPatch(before, patch, { autoConvertLineEndings: false })).toBe(after);
      }),
    );
  });

  test("colours add nothing but escape sequences", () => {
    const diff = unifiedDiff("a.nix", "x\r\ny\r\n", "x\r\nz\r\n");
    const painted = paintDiff(diff, createStyle(true));
    expect(painted).toContain("\u001b[32m+z\u001b[39m");
    expect(stripVTControlCharacters(painted)).toBe(diff);
  });
});

test("a Nix attribute set escapes what Nix reads in strings", () => {
  const interpolation = "$\u007bd}";
  const printed = printAttributeSet({ name: `a"b\\c${interpolation}$e` });
  expect(printed).toBe(`{\n  name = "a\\"b\\\\c\\${interpolation}$e";\n}\n`);
});

test.each([
  ["nixos/nix", "2.19.3", "docker-image-nixos-nix-2.19.3.tar"],
  ["localhost:5000/a/b", "latest", "docker-image-localhost-5000-a-b-latest.tar"],
])("%s:%s is %s in the store", (name, tag, expected) => {
  expect(storeNameOf(name, tag)).toBe(expected);
});

test.each<[isTerminal: boolean, env: Record<string, string>, expected: boolean]>([
  [true, {}, true],
  [false, {}, false],
  [true, { TERM: "dumb" }, false],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [false, { FORCE_COLOR: "1" }, true],
  [true, { FORCE_COLOR: "0" }, false],
  [true, { FORCE_COLOR: "3", NO_COLOR: "x" }, false],
])("colours on a terminal (%j) with %j: %j", (isTerminal, env, expected) => {
  expect(wantsColours(isTerminal, env)).toBe(expected);
});
