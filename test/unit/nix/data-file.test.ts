import { describe, expect, test } from "vitest";
import { isDataFile, readDataFile } from "../../../server/src/nix/data-file.ts";
import { mergePins } from "../../../server/src/nix/merge-pins.ts";
import type { Pin } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { mayHavePins, pinTriggers } from "../../../server/src/nix/triggers.ts";
import { nixParser } from "../../support/nix-parser.ts";
import { sourceFilesOf } from "../../support/source-files.ts";

const DIGEST = `sha256:${"1".repeat(64)}`;
const HASH = "sha256-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

describe("a JSON or TOML file", () => {
  const printed = `{
  "imageName": "org/app",
  "imageDigest": "${DIGEST}",
  "hash": "${HASH}",
  "finalImageName": "org/app",
  "finalImageTag": "1.2"
}`;

  test("that nix-prefetch-docker printed is a pin by itself", () => {
    expect(readDataFile({ file: "app.json", text: printed })).toMatchObject({
      pins: [
        {
          file: "app.json",
          range: { start: 0, end: printed.length },
          line: 1,
          column: 1,
          callee: "dockerTools.pullImage",
          calledAt: [],
          imageName: { value: "org/app" },
          imageDigest: { value: DIGEST, editable: { file: "app.json" } },
          hash: { value: HASH },
          hashAttribute: "hash",
          hashEncoding: "sri",
          followedTag: { tag: "1.2", from: "finalImageTag" },
          problems: [],
        },
      ],
      problems: [],
    });
  });

  const object = (name: string) => `{ "imageName": "${name}", "imageDigest": "${DIGEST}", "sha256": "" }`;
  test.each<[string, string, string, readonly string[]]>([
    ["in a list", "a.json", `[ ${object("a")}, ${object("b")} ]`, ["a", "b"]],
    ["deep inside", "a.json", `{ "images": { "x": [ { "y": ${object("a")} } ] } }`, ["a"]],
    ["in a table of TOML", "a.toml", `[app]\nimageName = "a"\nimageDigest = "${DIGEST}"\nhash = ""\n`, ["a"]],
    [
      "in TOML's arrays of tables",
      "a.toml",
      `[[app]]\nimageName = "a"\nimageDigest = "x"\nhash = ""\n[[app]]\nimageName = "b"\nimageDigest = "x"\nhash = ""\n`,
      ["a", "b"],
    ],
    ["not without a hash", "a.json", `{ "imageName": "a", "imageDigest": "${DIGEST}" }`, []],
    ["not without a name", "a.json", `{ "imageDigest": "${DIGEST}", "hash": "" }`, []],
    ["not with what is no string", "a.json", `{ "imageName": "a", "imageDigest": 1, "hash": "" }`, []],
    ["not in other data", "a.json", '{ "name": "imageDigest" }', []],
  ])("has pins %s", (_, file, text, names) => {
    const { pins, problems } = readDataFile({ file, text });
    expect(pins.map(({ imageName }) => imageName.state === "known" && imageName.value)).toEqual(names);
    expect(problems).toEqual([]);
  });

  test("that is broken is no exception, and said", () => {
    expect(readDataFile({ file: "a.json", text: '{ "imageDigest": ' })).toEqual({
      pins: [],
      problems: [{ code: "syntax-error", message: "Pins may not have been found: a.json is not JSON." }],
    });
  });

  test.each([
    ["a.json", true],
    ["dir/A.TOML", true],
    ["a.nix", false],
    ["json", false],
  ])("is known by its name: %s", (file, expected) => {
    expect(isDataFile(file)).toBe(expected);
  });
});

describe("the pins of several files together", () => {
  const json = `{ "imageName": "org/app", "imageDigest": "${DIGEST}", "hash": "${HASH}" }`;
  const nix = `{ imageName = "org/app"; imageDigest = "${DIGEST}"; hash = "${HASH}"; }`;
  const call = (of: string) => `{ pkgs, lib }: pkgs.dockerTools.pullImage (${of})`;

  function merged(texts: Readonly<Record<string, string>>): string[] {
    const files = sourceFilesOf(texts);
    const pins = Object.entries(texts).flatMap(([file, text]): readonly Pin[] =>
      isDataFile(file) ? readDataFile({ file, text }).pins : readNixFile(nixParser, file, text, { files }).pins,
    );
    return mergePins(pins).map(({ file, calledAt, followedTag }) => {
      const calls = calledAt.map((at) => ` < ${at.file}`).join("");
      return `${file} ${followedTag.tag}${calls}`;
    });
  }

  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ["a data file that no code takes", { "a.json": json }, ["a.json latest"]],
    [
      "a data file that a call takes",
      { "a.json": json, "main.nix": call("lib.importJSON ./a.json") },
      ["a.json latest < main.nix"],
    ],
    [
      "a set that a call in another file takes",
      { "a.nix": nix, "main.nix": call("import ./a.nix") },
      ["a.nix latest < main.nix"],
    ],
    [
      "whatever the order of the files",
      { "main.nix": call("import ./a.nix"), "a.nix": nix },
      ["a.nix latest < main.nix"],
    ],
    [
      "a set that calls in two files take",
      { "a.nix": nix, "one.nix": call("import ./a.nix"), "two.nix": call("import ./a.nix") },
      ["a.nix latest < one.nix < two.nix"],
    ],
    [
      "a set whose calls add different tags",
      {
        "a.nix": nix,
        "main.nix": `{ pkgs }: map pkgs.dockerTools.pullImage [ (import ./a.nix // { finalImageTag = "1"; }) (import ./a.nix // { finalImageTag = "2"; }) ]`,
      },
      ["main.nix 1", "main.nix 2"],
    ],
    [
      "equal pins that stand at different places",
      { "a.json": json, "b.json": json },
      ["a.json latest", "b.json latest"],
    ],
  ])("%s", (_, texts, pins) => {
    expect(merged(texts)).toEqual(pins);
  });
});

describe("a text that may have pins", () => {
  test.each<[string, string, boolean]>([
    ["names a digest's attribute", "{ imageDigest = x; }", true],
    ["names a function that pulls", "pullImage x", true],
    ["gives a digest to a function of another file", 'import ./pull.nix { digest = "sha256:ab"; }', true],
    ["gives a digest to a package of another file", 'callPackage ./pull.nix { digest = "sha256:ab"; }', true],
    ["uses another file without a digest", "import ./pull.nix", false],
    ["has a digest of something else", 'fetchurl { sha256 = "sha256:ab"; }', false],
    ["calls a function that the user names", "myFetcher x", true],
  ])("%s", (_, text, expected) => {
    expect(mayHavePins(text, ["lib.myFetcher"])).toBe(expected);
    // What only the words are looked at for must let it pass as well.
    if (expected) expect(pinTriggers(["lib.myFetcher"]).some((word) => text.includes(word))).toBe(true);
  });
});
