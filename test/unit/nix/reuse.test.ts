import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { openNixDocument } from "../../../server/src/nix/document.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import type { SourceFiles } from "../../../server/src/nix/source.ts";
import { generatedModule } from "../../support/nix/generated-nix.ts";
import { nixParser } from "../../support/nix-parser.ts";

const FIXTURES = join(import.meta.dirname, "..", "..", "fixtures", "nix");
const texts = [
  ...readdirSync(FIXTURES, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".nix"))
    .map((name) => readFileSync(join(FIXTURES, name), "utf8")),
  ...[1, 2, 3, 4, 5].map((seed) => generatedModule(seed, 40 * seed, seed * 2)),
];

/** An offset in one of the strings of a text; in its middle when there is none. */
function insideString(text: string, at: number): number {
  const strings = [...text.matchAll(/"[^"\n]*"/g)];
  const found = strings[Math.floor(at * strings.length)];
  return found === undefined ? text.length >> 1 : found.index + 1 + (Math.floor(at * 1000) % found[0].length);
}

/** Small edits, such as a key makes, and now and then of more than that. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  inString: fc.boolean(),
  removed: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.constant(1) }, fc.nat(12)),
  added: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("x", "a", "3", "-", ".", " ", "\n", "") },
    fc.constantFrom("\n\n", "}", "{", '"', "''", ";", ",", "#", "# c\n", "/*", "*/", "imageDigest", "🐳", "${", "\\"),
    fc.constantFrom(
      '// { arch = "x"; }',
      "with x; ",
      "x: ",
      "riscv64-linux",
      "pullImage ",
      "rec ",
      "# dockpin: ignore",
    ),
  ),
});

test("what is read while a text is edited is what is read of it afresh, wherever the edits are", () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(edit, { minLength: 10, maxLength: 30 }), (start, edits) => {
      const document = openNixDocument(nixParser, "a.nix");
      let text = start;
      document.read(text);
      for (const { at, removed, added, inString } of edits) {
        const from = inString ? insideString(text, at) : Math.floor(at * text.length);
        const edited = text.slice(0, from) + added + text.slice(from + removed);
        const afresh = readNixFile(nixParser, "a.nix", edited);
        expect(document.read(edited)).toEqual(afresh);
        // What does not parse is read anew anyway: stay with what does, mostly.
        if (afresh.problems.length === 0) text = edited;
        else document.read(text);
      }
      document.close();
    }),
    { numRuns: 120 },
  );
}, 120_000);

describe("pins are not read again while what they were read from stays", () => {
  const text = generatedModule(7, 200, 6);

  /** Parts of a pin that no edit moves are the very same objects if it was not read again. */
  function isReused(first: string, second: string): boolean {
    const document = openNixDocument(nixParser, "a.nix");
    onTestFinished(() => document.close());
    const before = document.read(first).pins;
    const after = document.read(second).pins;
    expect(after).toEqual(readNixFile(nixParser, "a.nix", second).pins);
    return after.length > 0 && after.every(({ followedTag }, index) => followedTag === before[index]?.followedTag);
  }

  test.each<[string, boolean, (now: string) => string]>([
    ["a letter in a comment", true, (now) => now.replace(/^( {2}# \w+) /m, "$1x ")],
    ["a letter in a string that is no pin's", true, (now) => now.replace('wantedBy = [ "', 'wantedBy = [ "x')],
    ["a line break between bindings", true, (now) => now.replace(/\n\n( {2}users)/, "\n\n\n$1")],
    ["a name that nobody asks for", true, (now) => now.replace("lib.types.", "lib.typesOf.")],
    ["a letter in a pin's tag", false, (now) => now.replace('finalImageTag = "', 'finalImageTag = "x')],
    ["the name that a pin is bound to", false, (now) => now.replace(/(containers\.\w+) =\n/, "$1x =\n")],
    ["a comment behind a pin's digest", false, (now) => now.replace(/(imageDigest = ".*";.*)/, "$1 # 1.2")],
    [
      "another binding that may be a pin",
      false,
      (now) => now.replace(/\}\n$/, 'z = pullImage { imageName = "z"; }; }'),
    ],
  ])("%s: %s", (_, expected, change) => {
    const changed = change(text);
    expect(changed).not.toBe(text);
    expect(isReused(text, changed)).toBe(expected);
  });

  test("nor is anything but one value when a string changes that nothing else is read from", () => {
    const pin = (name: string, tag: string) =>
      `  ${name} = pullImage {\n    imageName = "${name}";\n    imageDigest = "x";\n    finalImageTag = "${tag}";\n  };\n`;
    const [first, second] = ["1.2", "1.23"].map((tag) => `{\n${pin("a", tag)}${pin("b", "2")}}\n`) as [string, string];
    const document = openNixDocument(nixParser, "a.nix");
    onTestFinished(() => document.close());
    const before = document.read(first).pins;
    const after = document.read(second).pins;
    expect(after).toEqual(readNixFile(nixParser, "a.nix", second).pins);
    expect(after.map(({ followedTag }) => followedTag.tag)).toEqual(["1.23", "2"]);
    for (const [index, { problems }] of after.entries()) expect(problems).toBe(before[index]!.problems);
  });

  test("what another file says is read again when it has changed", () => {
    const document = openNixDocument(nixParser, "a.nix");
    onTestFinished(() => document.close());
    const holding = (digest: string): SourceFiles => ({
      open: () => ({ file: "b.nix", text: `{ imageName = "a"; imageDigest = "${digest}"; }` }),
    });
    const code = "# c\npullImage (import ./b.nix)";
    const digest = (body: string, value: string) => document.read(body, { files: holding(value) }).pins[0]?.imageDigest;
    expect(digest(code, "one")).toMatchObject({ value: "one" });
    expect(digest(`#${code}`, "one")).toMatchObject({ value: "one" });
    expect(digest(code, "two")).toMatchObject({ value: "two" });
  });
});
