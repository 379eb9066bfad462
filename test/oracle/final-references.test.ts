import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Digest } from "../../server/src/oci/digest.ts";
import { addImage, gzipLayer } from "../support/images/image.ts";
import { type RegistryContent, repositoryOf } from "../support/registry/content.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { copyWithSkopeo } from "../support/skopeo.ts";
import { isMissing } from "../support/tools.ts";
import { prefetch } from "./agreement.ts";

const HEX = "0123456789abcdef".repeat(4);

const ACCEPTED: readonly [name: string, tag: string][] = [
  ["nix", "latest"],
  ["nixos/nix", "2.19.3"],
  ["docker.io/busybox", "1"],
  ["docker.io/library/busybox", "1"],
  ["index.docker.io/busybox", "1"],
  ["registry-1.docker.io/library/busybox", "1"],
  ["quay.io/x/y", "1"],
  ["Quay.IO/x/y", "1"],
  ["quay.io", "1"],
  ["localhost/x", "1"],
  ["localhost:5000/a/b", "T_1.x"],
  ["127.0.0.1:5101/s2", "1"],
  ["ghcr.io/a.b-c_d__e---f/0", "_"],
  [HEX, "1"],
  [`x/${HEX}`, "1"],
  [HEX.slice(1), "1"],
  ["a", "x".repeat(128)],
  ["a", "A.-_9"],
  [`a/${"b".repeat(243)}`, "1"],
  ["b".repeat(237), "1"],
];

const REFUSED: readonly [name: string, tag: string][] = [
  ["Nixos/nix", "1"],
  ["QUAY/x", "1"],
  ["nix", "x".repeat(129)],
  ["nix", ".bad"],
  ["nix", "-bad"],
  ["nix", "1+2"],
  ["nix", "1 "],
  ["nix", ""],
  ["nix", "1\n"],
  ["nix", "ü"],
  ["a:b", "c"],
  ["", "1"],
  ["a___b", "1"],
  ["a..b", "1"],
  ["-a", "1"],
  ["a-", "1"],
  ["a/", "1"],
  ["a//b", "1"],
  ["/a", "1"],
  ["a b", "1"],
  ["é", "1"],
  ["[::1]:5000/x", "1"],
  ["docker://nix", "1"],
  ["https://quay.io/x", "1"],
  [`nix@sha256:${HEX}`, "1"],
  ["nix@0", "1"],
  ["nix", "1@0"],
  ["nix", `1@sha256:${HEX}`],
  [`a/${"b".repeat(244)}`, "1"],
  ["b".repeat(238), "1"],
  ["localhost:port/x", "1"],
];

describe.skipIf(isMissing("skopeo"))("final image names and tags", () => {
  const content: RegistryContent = new Map();
  let registry: TestRegistry;
  let digest: Digest;

  beforeAll(async () => {
    digest = addImage(repositoryOf(content, "image"), { format: "oci", layers: [gzipLayer("layer")] });
    registry = await startRegistry(content);
  });

  afterAll(async () => {
    await registry.close();
  });

  /** Both answers for an archive of this name and tag. */
  async function answers(name: string, tag: string) {
    const repository = `${registry.host}/image`;
    const platform = "linux/amd64";
    return Promise.all([
      copyWithSkopeo({ source: `${repository}@${digest}`, finalReference: `${name}:${tag}`, platform }),
      prefetch({ repository, digest, final: { name, tag }, platform }),
    ]);
  }

  test.each(ACCEPTED)("%s and %s", async (name, tag) => {
    const [bySkopeo, byUs] = await answers(name, tag);
    expect(bySkopeo).toHaveProperty("archive");
    expect(byUs).toEqual(bySkopeo);
  });

  test.each(REFUSED)("%j and %j are refused", async (name, tag) => {
    const [bySkopeo, byUs] = await answers(name, tag);
    expect(bySkopeo).toHaveProperty("refusal");
    expect(byUs).toEqual({ code: "final-reference-malformed" });
  });
});
