import type { Digest } from "../../server/src/oci/digest.ts";
import {
  addImage,
  addIndex,
  configFor,
  gzipLayer,
  type ImageFormat,
  type IndexedImage,
} from "../support/images/image.ts";
import { zstd } from "../support/images/zstd.ts";
import type { RepositoryContent } from "../support/registry/content.ts";
import type { AgreementCase } from "./agreement.ts";

const ZSTD_ANNOTATION = { "io.github.containers.compression.zstd": "true" };

/** An image that differs from those at other positions, so that a wrong choice gives another hash. */
function imageAt(repository: RepositoryContent, format: ImageFormat, position: number): Digest {
  const config = JSON.stringify({ os: "linux", architecture: `position-${position}` });
  return addImage(repository, { format, config, layers: [gzipLayer(`image ${position}`)] });
}

function indexOf(format: ImageFormat, platforms: readonly (string | null)[]) {
  return (repository: RepositoryContent): Digest =>
    addIndex(repository, {
      format,
      entries: platforms.map((platform, position) => ({
        manifest: imageAt(repository, format, position),
        platform,
      })),
    });
}

const NONE_FOUND = /no image found in (manifest list|image index) for architecture/;

const CHOICES: readonly [format: ImageFormat, wanted: string, platforms: (string | null)[], found: boolean][] = [
  ["oci", "linux/amd64", ["linux/amd64"], true],
  ["docker", "linux/amd64", ["linux/arm64/v8", "windows/amd64", "linux/amd64"], true],
  ["oci", "linux/arm64", ["linux/amd64", "linux/arm64/v8"], true],
  ["docker", "windows/amd64", ["linux/amd64", "windows/amd64", "windows/amd64"], true],
  ["oci", "linux/arm", ["linux/arm/v6", "linux/arm/v7"], true],
  ["docker", "linux/arm", ["linux/arm/v5", "linux/arm/v6", "linux/arm"], true],
  ["oci", "linux/arm", ["linux/arm/v6", "linux/arm/v5", "linux/arm/v6"], true],
  ["docker", "linux/arm", ["linux/arm/v8", "linux/arm/v7"], true],
  ["oci", "linux/arm64", ["linux/arm64/v8", "linux/arm64"], true],
  ["oci", "linux/amd64", ["linux/amd64/v3", "linux/amd64"], true],
  ["oci", "linux/amd64", ["linux/arm64", null, null], true],
  ["oci", "linux/amd64", [null, "linux/amd64"], true],
  ["oci", "linux/arm", [null, "linux/arm/v5"], true],
  ["oci", "linux/amd64", ["unknown/unknown", "linux/amd64"], true],
  ["docker", "linux/ppc64le", ["linux/ppc64", "linux/ppc64le"], true],
  ["oci", "linux/amd64", ["linux/amd64/v3"], false],
  ["docker", "linux/arm64", ["linux/arm64/v9"], false],
  ["oci", "linux/arm", ["linux/arm/v4"], false],
  ["oci", "linux/s390x", ["linux/amd64", "unknown/unknown"], false],
  ["docker", "linux/386", ["linux/amd64"], false],
  ["docker", "linux/amd64", ["/", "linux/"], false],
];

export const choiceCases: readonly AgreementCase[] = CHOICES.map(([format, platform, platforms, found]) => ({
  name: `${format}: ${platform} of ${platforms.map((entry) => entry ?? "none").join(", ")}`,
  platform,
  store: indexOf(format, platforms),
  ...(!found && { refused: ["platform-missing", NONE_FOUND] }),
}));

export const indexCases: readonly AgreementCase[] = [
  {
    name: "an OCI index of Docker manifests",
    store: (repository) =>
      addIndex(repository, {
        format: "oci",
        entries: [{ manifest: imageAt(repository, "docker", 0), platform: "linux/amd64" }],
      }),
  },
  {
    name: "an index with annotations and without a mediaType",
    store: (repository) =>
      addIndex(repository, {
        format: "oci",
        entries: [{ manifest: imageAt(repository, "oci", 0), platform: "linux/amd64", annotations: { a: "b" } }],
        index: { annotations: { c: "d" }, mediaType: undefined },
      }),
  },
  {
    name: "a gzip image annotated as nothing beside its zstd twin",
    store: (repository) => {
      const config = configFor("linux/amd64", ["same"]);
      const gzip = addImage(repository, { format: "oci", config, layers: [gzipLayer("same")] });
      const layers = [{ blob: zstd(Buffer.from("same")), type: "zstd" }];
      const entries: IndexedImage[] = [
        { manifest: gzip, platform: "linux/amd64" },
        {
          manifest: addImage(repository, { format: "oci", config, layers }),
          platform: "linux/amd64",
          annotations: ZSTD_ANNOTATION,
        },
      ];
      return addIndex(repository, { format: "oci", entries });
    },
  },
  {
    name: "one platform's manifest asked for as another platform",
    platform: "windows/arm64",
    store: (repository) => imageAt(repository, "oci", 0),
  },
];
