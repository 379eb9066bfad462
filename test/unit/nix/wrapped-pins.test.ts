// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Nix writes its interpolations like that
import { describe, expect, test } from "vitest";
import type { AttributeReading, Pin } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { nixParser } from "../../support/nix-parser.ts";
import { sourceFilesOf } from "../../support/source-files.ts";

const D = (digit: string) => `sha256:${digit.repeat(64)}`;
const H = (digit: string) => digit.repeat(64);
const [D1, D2, H1, H2] = [D("1"), D("2"), H("a"), H("b")];

interface Described {
  /** The text at the pin's range. */
  readonly at: string;
  readonly name: string;
  readonly digest: string;
  readonly calledAt?: readonly string[];
}

function read(text: string, others: Readonly<Record<string, string>> = {}): readonly Pin[] {
  const texts = { "main.nix": text, ...others };
  return readNixFile(nixParser, "main.nix", text, { files: sourceFilesOf(texts) }).pins;
}

function described(text: string, others: Readonly<Record<string, string>> = {}): Described[] {
  const texts: Readonly<Record<string, string>> = { "main.nix": text, ...others };
  const slice = (file: string, { start, end }: { start: number; end: number }) =>
    (file === "main.nix" ? "" : `${file}: `) + texts[file]!.slice(start, end);
  return read(text, others).map((pin) => ({
    at: slice(pin.file, pin.range),
    name: saidBy(pin.imageName),
    digest: saidBy(pin.imageDigest),
    ...(pin.calledAt.length === 0 ? {} : { calledAt: pin.calledAt.map((call) => slice(call.file, call)) }),
  }));
}

function saidBy(reading: AttributeReading): string {
  return reading.state === "known" ? reading.value : reading.state;
}

const pull =
  "pull = { name, digest, sha }: pkgs.dockerTools.pullImage { imageName = name; imageDigest = digest; sha256 = sha; };";
const given = (name: string, digest: string, sha: string) =>
  `{ name = "${name}"; digest = "${digest}"; sha = "${sha}"; }`;
const a = given("org/a", D1, H1);
const b = given("org/b", D2, H2);
const atA = { at: a, name: "org/a", digest: D1 };
const atB = { at: b, name: "org/b", digest: D2 };

describe("the calls of a function that pulls are the pins", () => {
  test.each<[string, string, readonly Described[]]>([
    ["directly", `let ${pull} in { a = pull ${a}; b = pull ${b}; }`, [atA, atB]],
    ["by another name", `let ${pull} fetch = pull; in fetch ${a}`, [atA]],
    ["as an attribute of a set", `let images = { ${pull} }; in images.pull ${a}`, [atA]],
    ["as an attribute of a rec set", `rec { ${pull} a = pull ${a}; }`, [atA]],
    ["inherited from a set", `let images = { ${pull} }; inherit (images) pull; in pull ${a}`, [atA]],
    ["through map", `let ${pull} in map pull [ ${a} ${b} ]`, [atA, atB]],
    ["through map with a function there", `let ${pull} in map (image: pull image) [ ${a} ${b} ]`, [atA, atB]],
    ["through mapAttrs", `let ${pull} in builtins.mapAttrs (_: pull) { x = ${a}; y = ${b}; }`, [atA, atB]],
    [
      "through listToAttrs",
      `let ${pull} in builtins.listToAttrs (map (image: { inherit (image) name; value = pull image; }) [ ${a} ${b} ])`,
      [atA, atB],
    ],
    [
      "through genAttrs",
      `{ lib }: let ${pull} in lib.genAttrs [ "org/x" ] (name: pull { inherit name; digest = "${D1}"; sha = "${H1}"; })`,
      [{ at: `{ inherit name; digest = "${D1}"; sha = "${H1}"; }`, name: "org/x", digest: D1 }],
    ],
    ["through makeOverridable", `{ lib }: let ${pull} in lib.makeOverridable pull ${a}`, [atA]],
    ["given to another function", `let ${pull} twice = f: x: f x; in twice pull ${a}`, [atA]],
    [
      "in a function that is called",
      `let ${pull} all = image: { fetched = pull image; }; in (all ${a}).fetched`,
      [atA],
    ],
    ["by a pipe", `let ${pull} in ${a} |> pull`, [atA]],
    [
      "in what another function is given",
      `let ${pull} in pkgs.dockerTools.buildImage { fromImage = pull ${a}; }`,
      [atA],
    ],
    [
      "with a part given first",
      `let ${pull.replace("{ name", "registry: { name").replace("= name", '= "${registry}/${name}"')} hub = pull "docker.io"; in hub ${a}`,
      [{ ...atA, name: "docker.io/org/a" }],
    ],
    [
      "with arguments in a row",
      `let pull = name: digest: sha256: pkgs.dockerTools.pullImage { imageName = name; imageDigest = digest; inherit sha256; }; in { a = pull "org/a" "${D1}" "${H1}"; }`,
      [{ at: `pull "org/a" "${D1}" "${H1}"`, name: "org/a", digest: D1 }],
    ],
    [
      "with a set that stands elsewhere",
      `let ${pull} image = ${a}; in { x = pull image; }`,
      [{ ...atA, calledAt: ["pull image"] }],
    ],
    [
      "with a set that is completed",
      `let pull = image: pkgs.dockerTools.pullImage (image // { os = "linux"; }); in pull { imageName = "org/a"; imageDigest = "${D1}"; sha256 = "${H1}"; }`,
      [{ at: `{ imageName = "org/a"; imageDigest = "${D1}"; sha256 = "${H1}"; }`, name: "org/a", digest: D1 }],
    ],
    [
      "with the digest from a table",
      `let table = { x = { digest = "${D1}"; sha = "${H1}"; }; }; pull = name: pkgs.dockerTools.pullImage { imageName = name; imageDigest = table.\${name}.digest; sha256 = table.\${name}.sha; }; in pull "x"`,
      [{ at: `{ digest = "${D1}"; sha = "${H1}"; }`, name: "x", digest: D1, calledAt: ['pull "x"'] }],
    ],
    [
      "that only takes a reference apart",
      `let parse = ref: { imageName = builtins.head (builtins.split "@" ref); imageDigest = builtins.elemAt (builtins.split "@" ref) 2; sha256 = ""; }; in pkgs.dockerTools.pullImage (parse "org/a@${D1}")`,
      [{ at: `parse "org/a@${D1}"`, name: "org/a", digest: D1 }],
    ],
    [
      "with different tags for the same digest",
      `let pull = tag: pkgs.dockerTools.pullImage { imageName = "org/a"; imageDigest = "${D1}"; sha256 = "${H1}"; finalImageTag = tag; }; in [ (pull "1") (pull "2") ]`,
      [
        { at: 'pull "1"', name: "org/a", digest: D1 },
        { at: 'pull "2"', name: "org/a", digest: D1 },
      ],
    ],
  ])("%s", (_, text, pins) => {
    expect(described(text)).toEqual(pins);
  });

  test.each<[string, string]>([
    ["is never called", `let ${pull} in pull`],
    ["is called with what is not known", `let ${pull} in map pull config.images`],
  ])("a function that %s is a computed pin itself", (_, text) => {
    const [pin, ...others] = read(text);
    expect(others).toEqual([]);
    expect(pin?.problems.map(({ code }) => code)).toContain("pin-computed");
    expect(text.slice(pin?.range.start, pin?.range.end)).toMatch(/^\{ imageName = name;/);
  });

  test("a function of the same name that pulls nothing makes no pin", () => {
    expect(
      read(`let ${pull} f = pull: pull ${a}; in f (x: x)`).map(({ imageName }) => saidBy(imageName)),
    ).not.toContain("org/a");
  });
});

describe("a literal behind a function's argument", () => {
  const editableDigest = (text: string) => {
    const [pin] = read(text);
    const reading = pin?.imageDigest;
    if (reading?.state !== "known") return reading?.state;
    const range = reading.editable?.range;
    return range === undefined ? reading.blocked : text.slice(range.start, range.end);
  };
  const pulling = (body: string) => `let pull = { digest }: ${body}; in pull { digest = "${D1}"; }`;
  const image = `pkgs.dockerTools.pullImage { imageName = "org/a"; imageDigest = digest; sha256 = "${H1}"; }`;

  test.each<[string, string, string]>([
    ["that only the pin reads", pulling(image), `"${D1}"`],
    [
      "that other things read too",
      pulling(`{ image = ${image}; label = digest; }.image`),
      'the variable "digest" is used for other things too',
    ],
    ["that is a variable there", `let d = "${D1}"; pull = { digest }: ${image}; in pull { digest = d; }`, `"${D1}"`],
    ["that several calls give", `let d = "${D1}"; pull = digest: ${image}; in [ (pull d) (pull d) ]`, `"${D1}"`],
    [
      "that is a variable for other things too",
      `let d = "${D1}"; pull = { digest }: ${image}; in { image = pull { digest = d; }; label = d; }`,
      'the variable "d" is used for other things too',
    ],
    [
      "that is a part of a reference",
      `let ref = "org/a:1@${D1}"; digest = builtins.elemAt (builtins.match "(.+)@(.+)" ref) 1; in ${image}`,
      D1,
    ],
    [
      "that is a part of a reference which another attribute has whole",
      `let ref = "org/a:1@${D1}"; digest = builtins.elemAt (builtins.match "(.+)@(.+)" ref) 1; in ${image.replace("sha256 =", "finalImageTag = ref; sha256 =")}`,
      "the same string is its finalImageTag",
    ],
  ])("%s", (_, text, expected) => {
    expect(editableDigest(text)).toBe(expected);
  });
});

describe("values and functions in other files", () => {
  const prefetched = `{\n  imageName = "org/a";\n  imageDigest = "${D1}";\n  hash = "";\n}`;
  const json = JSON.stringify({ imageName: "org/a", imageDigest: D1, hash: "" });

  test.each<[string, string, Readonly<Record<string, string>>, readonly Described[]]>([
    [
      "a set in another file",
      "{ pkgs }: pkgs.dockerTools.pullImage (import ./a.nix)",
      { "a.nix": prefetched },
      [
        {
          at: `a.nix: ${prefetched}`,
          name: "org/a",
          digest: D1,
          calledAt: ["pkgs.dockerTools.pullImage (import ./a.nix)"],
        },
      ],
    ],
    [
      "a JSON file",
      "{ pkgs, lib }: pkgs.dockerTools.pullImage (lib.importJSON ./a.json)",
      { "a.json": json },
      [
        {
          at: `a.json: ${json}`,
          name: "org/a",
          digest: D1,
          calledAt: ["pkgs.dockerTools.pullImage (lib.importJSON ./a.json)"],
        },
      ],
    ],
    [
      "a JSON file with more than one image",
      "{ pkgs }: pkgs.dockerTools.pullImage (builtins.fromJSON (builtins.readFile ./a.json)).a",
      { "a.json": `{ "a": ${json} }` },
      [
        {
          at: `a.json: ${json}`,
          name: "org/a",
          digest: D1,
          calledAt: ["pkgs.dockerTools.pullImage (builtins.fromJSON (builtins.readFile ./a.json)).a"],
        },
      ],
    ],
    [
      "a function that callPackage takes from another file",
      `{ callPackage }: callPackage ./pull.nix { digest = "${D1}"; }`,
      {
        "pull.nix": `{ dockerTools, digest }: dockerTools.pullImage { imageName = "org/a"; imageDigest = digest; hash = ""; }`,
      },
      [{ at: `{ digest = "${D1}"; }`, name: "org/a", digest: D1 }],
    ],
    [
      "a function that is imported",
      `{ pkgs }: let pull = import ./pull.nix { inherit pkgs; }; in pull ${a}`,
      { "pull.nix": `{ pkgs }: let ${pull} in pull` },
      [atA],
    ],
    [
      "a function in a set that is imported",
      `{ pkgs }: let images = import ./images.nix { inherit pkgs; }; in images.pull ${a}`,
      { "images.nix": `{ pkgs }: { ${pull} }` },
      [atA],
    ],
    [
      "a pin of another file, which says all itself",
      '{ pkgs }: { inherit (import ./images.nix { inherit pkgs; }) a; digest = "sha256:"; }',
      {
        "images.nix": `{ pkgs }: { a = pkgs.dockerTools.pullImage { imageName = "org/a"; imageDigest = "${D1}"; hash = ""; }; }`,
      },
      [],
    ],
  ])("%s", (_, text, others, pins) => {
    expect(described(text, others)).toEqual(pins);
  });

  test("pullImageFromManifest has the file that it reads, and what the registry is", () => {
    const text =
      '{ nix2container }: nix2container.pullImageFromManifest { imageName = "org/a"; imageTag = "1"; imageManifest = ./m.json; registryUrl = "quay.io"; }';
    expect(read(text, { "m.json": "{ }" })).toMatchObject([
      {
        callee: "nix2container.pullImageFromManifest",
        manifestFile: { file: "m.json", text: "{ }" },
        registryUrl: { value: "quay.io" },
        followedTag: { tag: "1", from: "imageTag" },
        problems: [],
      },
    ]);
    expect(read(text)).toMatchObject([
      {
        manifestFile: null,
        problems: [{ code: "pin-computed", message: "imageManifest cannot be read: the file ./m.json does not exist" }],
      },
    ]);
  });
});
