import { TAR_END, tarFileHeader, tarPadding } from "../../../server/src/archive/tar-header.ts";
import { type Digest, digestOf } from "../../../server/src/oci/digest.ts";
import { gzipMember } from "../images/gzip.ts";
import { storedZstdFrame } from "../images/zstd-stored.ts";
import {
  addBlob,
  addManifest,
  type RegistryContent,
  type RepositoryContent,
  repositoryOf,
} from "../registry/content.ts";

type Format = "docker" | "oci";
type Compression = "gzip" | "zstd";

const MEDIA_TYPES = {
  docker: {
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: { gzip: "application/vnd.docker.image.rootfs.diff.tar.gzip", zstd: "" },
  },
  oci: {
    index: "application/vnd.oci.image.index.v1+json",
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: {
      gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
      zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
    },
  },
} as const;

interface SampleImage {
  readonly format: Format;
  readonly compression: Compression;
  readonly architecture: string;
  /** File name and text; one layer each. */
  readonly layers: readonly (readonly [string, string])[];
  readonly version: string;
}

/**
 * The images that `examples/` pins, as if their registries were here: each repository has an older image, which the
 * examples pin, and a newer one that its tag points to. Every byte is the same on every machine, since the examples
 * name digests: layers are stored, not deflated.
 */
export function sampleImages(): RegistryContent {
  const content: RegistryContent = new Map();
  publish(content, "library/alpine", "3.20", (version) => ({
    format: "docker",
    compression: "gzip",
    architecture: "amd64",
    version: `3.20.${version}`,
    layers: [["etc/alpine-release", `3.20.${version}\n`]],
  }));
  publish(content, "example/notes", "1.4", (version) => ({
    format: "oci",
    compression: "zstd",
    architecture: "amd64",
    version: `1.4.${version}`,
    layers: [
      ["etc/os-release", "ID=distroless\n"],
      ["app/notes", `notes server 1.4.${version}\n`.repeat(2000)],
    ],
  }));
  publishIndex(content, "example/proxy", "v3.5", (version, architecture) => ({
    format: "oci",
    compression: "gzip",
    architecture,
    version: `v3.5.${version}`,
    layers: [
      ["etc/os-release", `ID=alpine\nARCH=${architecture}\n`],
      ["usr/bin/proxy", `proxy v3.5.${version} for ${architecture}\n`.repeat(500)],
    ],
  }));
  publish(content, "library/postgres", "16-alpine", (version) => ({
    format: "docker",
    compression: "gzip",
    architecture: "amd64",
    version: `16.${version}`,
    layers: [
      ["etc/alpine-release", "3.20.0\n"],
      ["usr/local/bin/postgres", `postgres 16.${version}\n`.repeat(1000)],
      ["usr/local/bin/docker-entrypoint.sh", "#!/bin/sh\nexec postgres\n"],
    ],
  }));
  publish(content, "library/redis", "7.2", (version) => ({
    format: "oci",
    compression: "gzip",
    architecture: "amd64",
    version: `7.2.${version}`,
    layers: [["usr/local/bin/redis-server", `redis 7.2.${version}\n`]],
  }));
  return content;
}

function publish(content: RegistryContent, path: string, tag: string, image: (version: number) => SampleImage): void {
  const repository = repositoryOf(content, path);
  for (const version of [0, 1]) addImage(repository, image(version), tag);
}

function publishIndex(
  content: RegistryContent,
  path: string,
  tag: string,
  image: (version: number, architecture: string) => SampleImage,
): void {
  const repository = repositoryOf(content, path);
  for (const version of [0, 1]) {
    const manifests = ["amd64", "arm64"].map((architecture) => {
      const digest = addImage(repository, image(version, architecture));
      const stored = repository.manifests.get(digest)!;
      return {
        mediaType: stored.mediaType,
        digest,
        size: stored.bytes.length,
        platform: { architecture, os: "linux" },
      };
    });
    const mediaType = MEDIA_TYPES.oci.index;
    addManifest(repository, { mediaType, bytes: json({ schemaVersion: 2, mediaType, manifests }) }, tag);
  }
}

function addImage(repository: RepositoryContent, image: SampleImage, ...tags: string[]): Digest {
  const types = MEDIA_TYPES[image.format];
  const tars = image.layers.map(([name, text]) => layerTar(name, Buffer.from(text)));
  const config = json({
    architecture: image.architecture,
    config: { Labels: { "org.opencontainers.image.version": image.version } },
    created: "2026-11-01T00:00:00Z",
    os: "linux",
    rootfs: { type: "layers", diff_ids: tars.map(digestOf) },
  });
  const layers = tars.map((tar) => {
    const blob = image.compression === "gzip" ? gzipMember(tar, { level: 0 }) : storedZstdFrame(tar);
    return { mediaType: types.layer[image.compression], size: blob.length, digest: addBlob(repository, blob) };
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, size: config.length, digest: addBlob(repository, config) },
    layers,
  };
  return addManifest(repository, { mediaType: types.manifest, bytes: json(manifest) }, ...tags);
}

function layerTar(name: string, body: Uint8Array): Buffer {
  return Buffer.concat([tarFileHeader(name, body.length), body, tarPadding(body.length), TAR_END]);
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
