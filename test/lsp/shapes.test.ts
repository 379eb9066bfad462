import { describe, expect, test } from "vitest";
import { type Hover, HoverRequest } from "vscode-languageserver-protocol";
import { sampleImages } from "../support/sample/images.ts";
import { codesOf, type Session, STALE_DIGEST, STALE_HASH, session, updatedByCli } from "./harness.ts";

const MOVED = "3.20 moved: update digest and hash";
const OFFLINE = { settings: { check: { onOpen: false } } };

const VALUES = `imageName = "alpine";
    imageDigest = "${STALE_DIGEST}";
    hash = "${STALE_HASH}";
    finalImageTag = "3.20";
    arch = "amd64";`;

describe("the lens of each shape stands at the values, and at the call where that is elsewhere", () => {
  test.each<[title: string, text: string, lines: readonly string[]]>([
    ["a call", `{ dockerTools }:\ndockerTools.pullImage {\n    ${VALUES}\n}\n`, ["dockerTools.pull"]],
    [
      "a call of a function of the file",
      `{ dockerTools }:
let
  pull = { name, digest, hash, tag }: dockerTools.pullImage {
    imageName = name;
    imageDigest = digest;
    inherit hash;
    finalImageTag = tag;
  };
in
pull {
  name = "alpine";
  digest = "${STALE_DIGEST}";
  hash = "${STALE_HASH}";
  tag = "3.20";
}
`,
      ["pull {\n"],
    ],
    [
      "a set that a call names",
      `{ dockerTools }:
let
  alpine = {
    ${VALUES}
  };
in
dockerTools.pullImage alpine
`,
      ["alpine = {", "dockerTools.pullImage alpine"],
    ],
    [
      "an attribute of nested paths",
      `{ dockerTools }:
let
  images.app.imageName = "alpine";
  images.app.imageDigest = "${STALE_DIGEST}";
  images.app.hash = "${STALE_HASH}";
  images.app.finalImageTag = "3.20";
in
dockerTools.pullImage images.app
`,
      ["images.app.imageDigest", "dockerTools.pullImage images"],
    ],
  ])("%s", async (_, text, lines) => {
    const place = await session({ "a.nix": text });
    await place.open("a.nix");
    const lenses = await place.untilTitles("a.nix", ...lines.map(() => MOVED));
    expect(lenses.map(({ range }) => range.start.line)).toEqual(lines.map((line) => place.at("a.nix", line).line));
    await place.click(lenses.at(-1));
    await place.untilTitles("a.nix", ...lines.map(() => "Up to date"));
    expect(place.text("a.nix")).toBe((await updatedByCli({ "a.nix": text }, place.registry))["a.nix"]);
  });
});

describe("a call that takes several pins", () => {
  const other = VALUES.replace("alpine", "redis").replace("3.20", "7.2");
  const text = `{ dockerTools }:
map dockerTools.pullImage (import ./images.nix)
`;
  const images = `[
  {
    ${VALUES}
  }
  {
    ${other}
  }
]
`;

  test("has one lens for all, which updates all", async () => {
    const files = { "call.nix": text, "images.nix": images };
    const place = await session(files);
    await place.open("call.nix");
    const [lens] = await place.untilTitles("call.nix", "2 images: 2 stale");
    expect((await hoverAt(place, "call.nix", "map"))?.split("\n")[0]).toBe("2 images: 2 stale");
    await place.click(lens);
    expect(place.text("images.nix")).toBe((await updatedByCli(files, place.registry))["images.nix"]);
    await place.untilTitles("call.nix", "2 images: 2 up to date");
  });
});

describe("a pin with values per system", () => {
  const [amd64, arm64] = [...sampleImages().get("example/proxy")!.manifests.keys()];
  const [newAmd64, newArm64] = [...sampleImages().get("example/proxy")!.manifests.keys()].slice(3);
  const table = (x86: string, aarch: string) => `{ pkgs, stdenv }:
let
  images = {
    x86_64-linux = {
      imageDigest = "${x86}";
      hash = "${STALE_HASH}";
    };
    aarch64-linux = {
      imageDigest = "${aarch}";
      hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    };
  };
in
pkgs.dockerTools.pullImage ({
  imageName = "quay.io/example/proxy";
  finalImageTag = "v3.5";
} // images.\${stdenv.hostPlatform.system})
`;

  test("has one lens, which says on which systems it is stale and updates all in one edit", async () => {
    const files = { "a.nix": table(newAmd64!, arm64!) };
    const place = await session(files);
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", "2 systems: stale on aarch64-linux, update digest and hash");
    await place.click(lens);
    expect(place.edits).toHaveLength(1);
    expect(place.text("a.nix")).toContain(newArm64);
    expect(place.text("a.nix")).toBe((await updatedByCli(files, place.registry))["a.nix"]);
    await place.untilTitles("a.nix", "2 systems: Up to date");
  });

  test("has a diagnostic at each digest, and a table in its hover", async () => {
    const place = await session({ "a.nix": table(amd64!, arm64!) });
    await place.open("a.nix");
    await place.untilTitles("a.nix", "2 systems: v3.5 moved: update digest and hash");
    const stale = (await place.diagnostics("a.nix")).filter(({ code }) => code === "stale-digest");
    expect(stale.map(({ range }) => range)).toEqual([
      place.rangeOf("a.nix", `"${amd64}"`),
      place.rangeOf("a.nix", `"${arm64}"`),
    ]);
    const rows = (await hoverAt(place, "a.nix", "imageName"))?.split("\n").filter((line) => line.includes("-linux"));
    expect(rows).toEqual([
      expect.stringMatching(/x86_64-linux.*linux\/amd64.*stale.*not verified/),
      expect.stringMatching(/aarch64-linux.*linux\/arm64.*stale.*not verified/),
    ]);
  });

  test("shows by its verification on which system the hash is wrong", async () => {
    const place = await session({ "a.nix": table(newAmd64!, newArm64!) });
    await place.open("a.nix");
    await place.untilTitles("a.nix", "2 systems: Up to date");
    const actions = await place.actions("a.nix", place.rangeOf("a.nix", "imageName"));
    await place.choose(actions.find(({ title }) => title === "Verify hash"));
    await place.untilTitles("a.nix", "2 systems: Hash is wrong: update digest and hash");
    expect(codesOf(await place.diagnosticsWith("a.nix", "hash-mismatch"))).toEqual(["hash-mismatch", "hash-mismatch"]);
  });
});

describe("nix2container", () => {
  const alpine = sampleImages().get("library/alpine")!.manifests;
  const [old, current] = [...alpine.values()].map(({ bytes }) => Buffer.from(bytes).toString());

  test("pullImage is updated as any pin", async () => {
    const text = `{ nix2container }:\nnix2container.pullImage {\n    ${VALUES.replace("hash", "sha256")}\n}\n`;
    const place = await session({ "a.nix": text });
    await place.open("a.nix");
    await place.click((await place.untilTitles("a.nix", MOVED))[0]);
    await place.untilTitles("a.nix", "Up to date");
    expect(place.text("a.nix")).toBe((await updatedByCli({ "a.nix": text }, place.registry))["a.nix"]);
  });

  test("pullImageFromManifest has a lens at the call and in the manifest file, which an update writes anew", async () => {
    const call = `{ nix2container }:
nix2container.pullImageFromManifest {
  imageName = "library/alpine";
  imageTag = "3.20";
  imageManifest = ./manifest.json;
}
`;
    const place = await session({ "a.nix": call, "manifest.json": old! });
    await place.open("a.nix");
    await place.open("manifest.json");
    const [lens] = await place.untilTitles("a.nix", "3.20 moved: update the manifest file");
    await place.untilTitles("manifest.json", "3.20 moved: update the manifest file");
    await place.click(lens);
    await place.untilTitles("a.nix", "Up to date");
    expect(JSON.parse(place.text("manifest.json"))).toEqual(JSON.parse(current!));
    expect(place.text("a.nix")).toBe(call);
  });
});

test("in Restricted Mode other files are read, and nothing is sent", async () => {
  const place = await session(
    { "call.nix": "{ dockerTools }: dockerTools.pullImage (import ./a.nix)\n", "a.nix": `{\n${VALUES}\n}\n` },
    { ...OFFLINE, initializationOptions: { trusted: false } },
  );
  await place.open("call.nix");
  await place.open("a.nix");
  const title = "Update digest and hash (the workspace must be trusted first)";
  expect(await place.titles("call.nix")).toEqual([title]);
  expect(await place.titles("a.nix")).toEqual([title]);
  expect(place.registry.requests).toEqual([]);
});

async function hoverAt(place: Session, name: string, text: string): Promise<string | undefined> {
  const params = { textDocument: { uri: place.uri(name) }, position: place.at(name, text) };
  const hover: Hover | null = await place.connection.sendRequest(HoverRequest.type, params);
  return hover === null ? undefined : (hover.contents as { value: string }).value;
}
