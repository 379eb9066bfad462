import { expect, test } from "vitest";
import { appContent, parsed, REGISTRY, registryWith, workplace } from "./harness.ts";

const { content, digests } = appContent();
const IMAGE = `${REGISTRY}/org/app`;
const SRI = /"sha256-[A-Za-z0-9+/]{43}="/;

interface Kind {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  /** What the update makes of one of the files. */
  readonly updated: readonly [file: string, text: RegExp];
}

const kinds: readonly Kind[] = [
  {
    title: "an image of nix2container",
    files: {
      "image.nix": `{ nix2container }:
nix2container.pullImage {
  # dockpin: tag=1.0
  imageName = "${IMAGE}";
  imageDigest = "${digests.oldIndex}";
  sha256 = "";
  arch = "arm64";
}
`,
    },
    updated: ["image.nix", new RegExp(`imageDigest = "${digests.newIndex}";\\n {2}sha256 = ${SRI.source};`)],
  },
  {
    title: "an index with a hash for each system",
    files: {
      "image.nix": `{ stdenv, dockerTools }:
dockerTools.pullImage {
  imageName = "${IMAGE}";
  imageDigest = "${digests.oldIndex}";
  hash = {
    x86_64-linux = "";
    aarch64-linux = "";
  }.\${stdenv.hostPlatform.system};
  finalImageTag = "1.0";
}
`,
    },
    updated: ["image.nix", new RegExp(`x86_64-linux = ${SRI.source};\\n {4}aarch64-linux = ${SRI.source};`)],
  },
  {
    title: "a manifest file of nix2container",
    files: {
      "image.nix": `{ nix2container }:
nix2container.pullImageFromManifest {
  registryUrl = "${REGISTRY}";
  imageName = "org/app";
  imageTag = "1.0";
  imageManifest = ./manifest.json;
}
`,
      "manifest.json": "{}\n",
    },
    updated: ["manifest.json", /^\{\n {3}"schemaVersion": 2,.*\}\n$/s],
  },
];

test.each(kinds)("$title is incomplete, then updated, then fresh and verified", async ({ files, updated }) => {
  const { endpoint } = await registryWith(content);
  const { dockpin, read } = await workplace(files);
  const pinOf = async (verb: string) =>
    parsed<{ pins: object[] }>(await dockpin(verb, "--json", "image.nix", ...endpoint)).pins;
  expect(await pinOf("check")).toMatchObject([{ status: "incomplete" }]);
  expect(await pinOf("update")).toMatchObject([{ outcome: "updated", hostDependent: false }]);
  const [file, text] = updated;
  expect(await read(file)).toMatch(text);
  expect(await pinOf("check")).toMatchObject([{ status: "fresh" }]);
  expect(await pinOf("verify")).toMatchObject([{ status: "verified" }]);
  expect(await pinOf("update")).toMatchObject([{ outcome: "unchanged" }]);
});
