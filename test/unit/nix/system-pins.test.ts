// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Nix writes its interpolations like that
import { describe, expect, test } from "vitest";
import type { AttributeReading, Pin } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { nixParser } from "../../support/nix-parser.ts";
import { sourceFilesOf } from "../../support/source-files.ts";

const D = (digit: string) => `sha256:${digit.repeat(64)}`;
const [D1, D2] = [D("1"), D("2")];

function read(text: string, others: Readonly<Record<string, string>> = {}): readonly Pin[] {
  return readNixFile(nixParser, "main.nix", text, { files: sourceFilesOf(others) }).pins;
}

/** A line for each pin and each variant: its systems, the ends of digest and hash, and its arch if it says one. */
function described(pins: readonly Pin[]): string[] {
  return pins.flatMap((pin) => [describedPin(pin), ...pin.variants.map((variant) => `  ${describedPin(variant)}`)]);
}

function describedPin({ systems, imageDigest, hash, arch }: Pin): string {
  const said = [end(imageDigest), end(hash), ...(arch.state === "absent" ? [] : [end(arch)])];
  return `${systems.join(" ") || "all"}: ${said.join(" ")}`;
}

function end(reading: AttributeReading): string {
  return reading.state === "known" ? reading.value.slice(-5) : reading.state;
}

const image = (rest: string) => `pkgs.dockerTools.pullImage { imageName = "org/a"; ${rest} }`;
const LINUX = "x86_64-linux aarch64-linux";
const ALL = `${LINUX} x86_64-darwin aarch64-darwin`;

describe("a pin whose values differ by system has a variant for each group of systems", () => {
  const hashes = '{ x86_64-linux = "aaaaa"; aarch64-linux = "bbbbb"; }';
  const images = `{ x86_64-linux = { imageDigest = "${D1}"; hash = "aaaaa"; }; aarch64-linux = { imageDigest = "${D2}"; hash = "bbbbb"; }; }`;
  const hashDiffers = [`${LINUX}: 11111 aaaaa`, "  x86_64-linux: 11111 aaaaa", "  aarch64-linux: 11111 bbbbb"];
  const bothDiffer = [`${LINUX}: 11111 aaaaa`, "  x86_64-linux: 11111 aaaaa", "  aarch64-linux: 22222 bbbbb"];

  test.each<[string, string, readonly string[]]>([
    [
      "a table of hashes",
      `{ pkgs }: ${image(`imageDigest = "${D1}"; hash = ${hashes}.\${pkgs.system};`)}`,
      hashDiffers,
    ],
    [
      "a table by the host platform",
      `{ pkgs, stdenv }: ${image(`imageDigest = "${D1}"; hash = ${hashes}.\${stdenv.hostPlatform.system};`)}`,
      hashDiffers,
    ],
    [
      "a table of digests and hashes that are inherited",
      `{ pkgs }: let images = ${images}; in ${image("inherit (images.${pkgs.system}) imageDigest hash;")}`,
      bothDiffer,
    ],
    [
      "a table that is merged in",
      `{ pkgs }: let images = ${images}; in pkgs.dockerTools.pullImage ({ imageName = "org/a"; } // images.\${pkgs.system})`,
      bothDiffer,
    ],
    [
      "a condition",
      `{ pkgs, stdenv }: ${image(`imageDigest = "${D1}"; hash = if stdenv.isAarch64 then "bbbbb" else "aaaaa";`)}`,
      [
        `${ALL}: 11111 aaaaa`,
        "  x86_64-linux x86_64-darwin: 11111 aaaaa",
        "  aarch64-linux aarch64-darwin: 11111 bbbbb",
      ],
    ],
    [
      "a system that is not among the usual ones",
      `{ pkgs }: ${image(`imageDigest = "${D1}"; hash = { riscv64-linux = "ccccc"; x86_64-linux = "aaaaa"; }.\${pkgs.system};`)}`,
      ["x86_64-linux riscv64-linux: 11111 aaaaa", "  x86_64-linux: 11111 aaaaa", "  riscv64-linux: 11111 ccccc"],
    ],
    [
      "the argument of eachDefaultSystem",
      `{ flake-utils, nixpkgs }: flake-utils.lib.eachDefaultSystem (system: let pkgs = nixpkgs.legacyPackages.\${system}; in { packages.a = ${image(`imageDigest = "${D1}"; hash = ${hashes}.\${system};`)}; })`,
      hashDiffers,
    ],
    [
      "a function that is called for each of a list of systems",
      `{ lib, nixpkgs }: let forAll = f: lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: f nixpkgs.legacyPackages.\${system}); in forAll (pkgs: { a = ${image(`imageDigest = "${D1}"; hash = ${hashes}.\${pkgs.system};`)}; })`,
      hashDiffers,
    ],
    [
      "a function of this file",
      `{ pkgs }: let pull = hash: ${image(`imageDigest = "${D1}"; inherit hash;`)}; in pull ${hashes}.\${pkgs.system}`,
      hashDiffers,
    ],
  ])("%s", (_, text, lines) => {
    expect(described(read(text))).toEqual(lines);
  });

  test("a table in a JSON file, whose literals each variant has", () => {
    const json = `{ "x86_64-linux": { "imageDigest": "${D1}", "hash": "aaaaa" }, "aarch64-linux": { "imageDigest": "${D2}", "hash": "bbbbb" } }`;
    const text = `{ pkgs }: pkgs.dockerTools.pullImage ({ imageName = "org/a"; } // (pkgs.lib.importJSON ./images.json).\${pkgs.system})`;
    const [pin] = read(text, { "images.json": json });
    expect(pin === undefined ? [] : described([pin])).toEqual(bothDiffer);
    const editable = pin?.variants.map(({ imageDigest }) =>
      imageDigest.state === "known" && imageDigest.editable !== null
        ? [imageDigest.editable.file, json.slice(imageDigest.editable.range.start, imageDigest.editable.range.end)]
        : null,
    );
    expect(editable).toEqual([
      ["images.json", `"${D1}"`],
      ["images.json", `"${D2}"`],
    ]);
  });

  test("what is wrong with a variant is wrong with the pin", () => {
    const text = `{ pkgs }: ${image(`imageDigest = { x86_64-linux = "${D1}"; aarch64-linux = "\${"sha256"}:\${pkgs.system}"; }.\${pkgs.system}; hash = "";`)}`;
    expect(read(text)[0]?.problems.map(({ message }) => message)).toEqual([
      "imageDigest cannot be rewritten: it is put together from several strings",
    ]);
  });
});

describe("a pin that is for some systems only says so", () => {
  const one = image(`imageDigest = "${D1}"; hash = "aaaaa";`);
  const other = image(`imageDigest = "${D2}"; hash = "bbbbb";`);

  test.each<[string, string, readonly string[]]>([
    [
      "in the branches of a condition",
      `{ pkgs, stdenv }: if stdenv.hostPlatform.isAarch64 then ${other} else ${one}`,
      ["aarch64-linux aarch64-darwin: 22222 bbbbb", "x86_64-linux x86_64-darwin: 11111 aaaaa"],
    ],
    [
      "in a table of calls",
      `{ pkgs }: { x86_64-linux = ${one}; aarch64-linux = ${other}; }.\${pkgs.system}`,
      ["x86_64-linux: 11111 aaaaa", "aarch64-linux: 22222 bbbbb"],
    ],
    [
      "in a table of sets, of which a call takes one",
      `{ pkgs }: let images = { x86_64-linux = { imageName = "org/a"; imageDigest = "${D1}"; hash = "aaaaa"; }; aarch64-linux = { imageName = "org/a"; imageDigest = "${D2}"; hash = "bbbbb"; }; }; in pkgs.dockerTools.pullImage images.\${pkgs.system}`,
      ["x86_64-linux: 11111 aaaaa", "aarch64-linux: 22222 bbbbb"],
    ],
    ["under the name of a system", `{ pkgs }: { packages.aarch64-linux.a = ${one}; }`, ["aarch64-linux: 11111 aaaaa"]],
    [
      "under a condition that is the module's",
      `{ pkgs, lib }: { config = lib.mkIf pkgs.stdenv.isx86_64 { a = ${one}; }; }`,
      ["x86_64-linux x86_64-darwin: 11111 aaaaa"],
    ],
    [
      "whose table has one entry",
      `{ pkgs }: ${image(`imageDigest = "${D1}"; hash = { x86_64-linux = "aaaaa"; }.\${pkgs.system};`)}`,
      ["x86_64-linux: 11111 aaaaa"],
    ],
  ])("%s", (_, text, lines) => {
    expect(described(read(text))).toEqual(lines);
  });

  test.each<[string, string, readonly string[]]>([
    ["without a system in it", `{ pkgs }: ${one}`, ["all: 11111 aaaaa"]],
    [
      "beside a question that does not touch it",
      `{ pkgs }: { system = pkgs.system; a = ${one}; }`,
      ["all: 11111 aaaaa"],
    ],
    [
      "whose condition gives the same either way",
      `{ pkgs }: ${image(`imageDigest = "${D1}"; hash = if pkgs.stdenv.isLinux then "aaaaa" else "aaaaa";`)}`,
      [`${ALL}: 11111 aaaaa`, `  ${LINUX}: 11111 aaaaa`, "  x86_64-darwin aarch64-darwin: 11111 aaaaa"],
    ],
  ])("but not one %s", (_, text, lines) => {
    expect(described(read(text))).toEqual(lines);
  });
});
