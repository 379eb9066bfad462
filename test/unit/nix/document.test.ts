import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { openNixDocument } from "../../../server/src/nix/document.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { nixParser } from "../../support/nix-parser.ts";

const fixtures = join(import.meta.dirname, "..", "..", "fixtures", "nix");
const texts = readdirSync(fixtures)
  .filter((name) => name.endsWith(".nix"))
  .map((name) => readFileSync(join(fixtures, name), "utf8"));

function document() {
  const opened = openNixDocument(nixParser, "a.nix");
  onTestFinished(() => opened.close());
  return opened;
}

const afresh = (text: string) => readNixFile(nixParser, "a.nix", text);

describe("what is read of an edited text is what is read of it afresh", () => {
  const pin = (comma: string) => `{ pullImage${comma} }:\n# 🐳\npullImage { imageName = "a"; imageDigest = "x"; }\n`;

  test.each<[string, ...string[]]>([
    ["a typed name", pin(""), pin("").replace('"a"', '"alpine"')],
    ["a line above", pin(""), `# one\r\n# more\r\n${pin("")}`],
    ["a comma that the grammar does not know", pin(""), pin(","), pin("")],
    ["half of a character", pin(""), pin("").replace("🐳", "🐬"), pin("").replace("🐳", "🐳🐳"), pin("")],
    ["an unfinished string, and its end", pin(""), pin("").replace('"a"', '"a'), pin("")],
    ["everything gone, and back", pin(""), "", pin("")],
    ["another file's text", ...texts],
  ])("%s", (_, ...versions) => {
    const opened = document();
    for (const text of versions) expect(opened.read(text)).toEqual(afresh(text));
  });

  test("any edits of any text", () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      removed: fc.nat({ max: 30 }),
      added: fc.constantFrom(
        "",
        " ",
        "\n",
        "}",
        "{",
        '"',
        "''",
        ";",
        ",",
        "a",
        "🐳",
        "# c\n",
        "/*",
        "imageDigest = 1;",
      ),
    });
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(edit, { maxLength: 8 }), (start, edits) => {
        const opened = openNixDocument(nixParser, "a.nix");
        let text = start;
        opened.read(text);
        for (const { at, removed, added } of edits) {
          const from = Math.floor(at * text.length);
          text = text.slice(0, from) + added + text.slice(from + removed);
          expect(opened.read(text)).toEqual(afresh(text));
        }
        opened.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe("functions that take what pullImage takes because the user says so", () => {
  const images = (text: string, ...extraCallees: string[]) =>
    readNixFile(nixParser, "a.nix", text, { extraCallees }).pins.map(({ imageName }) =>
      imageName.state === "known" ? imageName.value : imageName.state,
    );

  test.each([
    ["by its name", 'fetchImage { imageName = "a"; }', ["fetchImage"], ["a"]],
    ["at the end of a path", 'pkgs.my.fetchImage { imageName = "a"; }', ["fetchImage"], ["a"]],
    ["by a path", 'my.lib.pullPinned { imageName = "a"; }', ["lib.pullPinned"], ["a"]],
    ["by a path, and not at the end of another", 'my.other.pullPinned { imageName = "a"; }', ["lib.pullPinned"], []],
    ["inherited", 'let inherit (my.lib) pullPinned; in pullPinned { imageName = "a"; }', ["lib.pullPinned"], ["a"]],
    ["mapped", 'map fetchImage [ { imageName = "a"; } { imageName = "b"; } ]', ["fetchImage"], ["a", "b"]],
    ["a name that is a part of others", 'fetchImages { imageName = "a"; }', ["fetchImage"], []],
    ["with a dash and a prime", 'my-fetch\' { imageName = "a"; }', ["my-fetch'"], ["a"]],
    ["nothing that is no name", 'f { imageName = "a"; }', ["(", "", "f)"], []],
    ["beside pullImage", 'f { imageName = "a"; }; x = pullImage { imageName = "b"; }', ["f"], ["a", "b"]],
  ])("%s", (_, text, extraCallees, expected) => {
    expect(images(`{ x0 = ${text}; }`, ...extraCallees)).toEqual(expected);
    expect(images(`{ x0 = ${text}; }`)).toEqual(expected.filter((name) => name === "b" && text.includes("pullImage")));
  });
});
