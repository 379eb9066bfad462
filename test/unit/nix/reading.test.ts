import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AttributeReading, Pin } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { describePin } from "../../support/described-pin.ts";
import { mutationOf } from "../../support/mutated-text.ts";
import { nixParser } from "../../support/nix-parser.ts";

const folder = join(import.meta.dirname, "..", "..", "fixtures", "nix");
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith(".nix"))
  .map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);

describe("a file with every shape of pin", () => {
  test.each(fixtures)("%s reads as its .json says", (name, text) => {
    const expected: unknown = JSON.parse(readFileSync(join(folder, name.replace(/nix$/, "json")), "utf8"));
    const { pins, problems } = readNixFile(nixParser, name, text);
    expect({
      pins: pins.map((pin) => describePin(text, pin)),
      problems: problems.map(({ message }) => message),
    }).toEqual(expected);
  });

  test.each(fixtures)("%s: every range is that of what it is said to be", (name, text) => {
    for (const pin of readNixFile(nixParser, name, text).pins) {
      const lines = text.slice(0, pin.range.start).split("\n");
      expect([pin.line, pin.column]).toEqual([lines.length, (lines.at(-1)?.length ?? 0) + 1]);
      for (const { provenance, editable } of knownReadings(pin)) {
        if (editable !== null) expect(provenance).toContainEqual(editable);
        for (const { file, range } of provenance) {
          expect(file).toBe(name);
          expect(text.slice(range.start, range.end)).toMatch(/^(?:".*"|''.*''|[\w.:]+)$/s);
        }
      }
    }
  });
});

describe("bad input", () => {
  test.each([
    ["nothing", ""],
    ["no code", "imageDigest pullImage"],
    ["unbalanced", '}{ imageDigest = "x"; [ pullImage {'],
    ["zero bytes", '{ imageName = "a\0b"; imageDigest = "\0"; }'],
    ["half a character", '{ imageName = "\ud800"; imageDigest = ""; }'],
    ["an open comment", '{ imageDigest = "x"; /* '],
    ["an open string", '{ imageName = "a"; imageDigest = "x'],
  ])("%s gives no exception", (_, text) => {
    expect(() => readNixFile(nixParser, "bad.nix", text)).not.toThrow();
  });

  test("what is mutated from good files gives no exception", () => {
    const texts = fixtures.map(([, text]) => text);
    fc.assert(
      fc.property(mutationOf(texts), (text) => {
        for (const pin of readNixFile(nixParser, "mutated.nix", text).pins) {
          expect(pin.range.end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 150 },
    );
  });

  const deep = 20_000;
  test.each<[string, string, AttributeReading["state"]]>([
    ["parentheses", `{ imageName = ${"(".repeat(deep)}"a"${")".repeat(deep)}; imageDigest = ""; }`, "unknown"],
    ["parentheses around", `${"(".repeat(deep)}{ imageName = "a"; imageDigest = ""; }${")".repeat(deep)}`, "unknown"],
    ["sums", `{ imageName = ${'"a" + '.repeat(deep)}"b"; imageDigest = ""; }`, "unknown"],
    ["lets", `${"let x = 1; in ".repeat(deep)}{ imageName = "a"; imageDigest = ""; }`, "known"],
    ["inherits", `x: ${"let inherit x; in ".repeat(deep)}{ imageName = x; imageDigest = ""; }`, "unknown"],
    ["paths", `{ ${"a.".repeat(deep)}imageDigest = ""; }`, "unknown"],
    ["doubling", `let a0 = "xx"; ${doubling(100)} in { imageName = a100; imageDigest = ""; }`, "unknown"],
    ["interpolations", `{ imageName = ${'"${'.repeat(deep)}"a"${'}"'.repeat(deep)}; imageDigest = ""; }`, "unknown"],
  ])("deep %s end in an answer", (_, text, state) => {
    expect(readNixFile(nixParser, "deep.nix", text).pins.map((pin) => pin.imageName.state)).toEqual([state]);
  });

  test("ten thousand pins in one list are all read", () => {
    const element = (index: number) =>
      `  { imageName = "org/a${index}"; imageDigest = digest; hash = ""; } # 1.${index}\n`;
    const text = `let digest = "sha256:x"; in [\n${Array.from({ length: 10_000 }, (_, index) => element(index)).join("")}]`;
    const { pins } = readNixFile(nixParser, "list.nix", text);
    expect(pins.length).toBe(10_000);
    expect(pins.at(-1)?.followedTag).toEqual({ tag: "1.9999", from: "comment" });
  }, 60_000);
});

function knownReadings(pin: Pin) {
  return [pin.imageName, pin.imageDigest, pin.hash, pin.finalImageName, pin.finalImageTag, pin.os, pin.arch].flatMap(
    (reading) => (reading.state === "known" ? [reading] : []),
  );
}

function doubling(count: number): string {
  return Array.from({ length: count }, (_, index) => `a${index + 1} = a${index} + a${index};`).join(" ");
}
