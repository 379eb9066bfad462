import type { Digest } from "../../../server/src/oci/digest.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../../../server/src/oci/media-type.ts";
import { addBlob, addManifest, type RepositoryContent } from "../registry/content.ts";
import { gzipMember } from "./gzip.ts";

export type ImageFormat = "oci" | "docker";

const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
const LAYER_TYPES = {
  oci: {
    plain: "application/vnd.oci.image.layer.v1.tar",
    gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
    zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  },
  docker: {
    plain: "application/vnd.docker.image.rootfs.diff.tar",
    gzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
    zstd: "application/vnd.docker.image.rootfs.diff.tar.zstd",
  },
} as const;

/** A layer as a registry stores it. */
export interface StoredLayer {
  /** The bytes of the blob, compressed or not. */
  readonly blob: Uint8Array;
  /** What its media type claims; a type in full is taken as it is. */
  readonly type: "plain" | "gzip" | "zstd" | (string & {});
  /** More fields of its descriptor, or others instead of the true ones. */
  readonly descriptor?: object;
}

export interface ImageContent {
  readonly format: ImageFormat;
  readonly layers: readonly StoredLayer[];
  /** Bytes of the config, or its text; a small plain one when absent. */
  readonly config?: string | Uint8Array;
  readonly configDescriptor?: object;
  /** More fields of the manifest, or others instead of the true ones. */
  readonly manifest?: object;
  /** What the registry serves the manifest as; its true type when absent. */
  readonly servedAs?: string;
}

export interface IndexContent {
  readonly format: ImageFormat;
  readonly entries: readonly IndexedImage[];
  readonly index?: object;
}

export interface IndexedImage {
  readonly manifest: Digest;
  /** `linux/arm/v7`; null for an entry without a platform. */
  readonly platform: string | null;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly mediaType?: string;
}

/** Stores an image in a repository under the tags; gives the digest of its manifest. */
export function addImage(repository: RepositoryContent, image: ImageContent, ...tags: string[]): Digest {
  const config = Buffer.from(image.config ?? configFor("linux/amd64"));
  const configType = image.format === "oci" ? OCI_CONFIG : DOCKER_CONFIG;
  const layers = image.layers.map(({ blob, type, descriptor }) => {
    const mediaType = isShortType(type) ? LAYER_TYPES[image.format][type] : type;
    return { mediaType, digest: addBlob(repository, blob), size: blob.length, ...descriptor };
  });
  const mediaType = image.format === "oci" ? OCI_MANIFEST : DOCKER_MANIFEST;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: configType,
      digest: addBlob(repository, config),
      size: config.length,
      ...image.configDescriptor,
    },
    layers,
    ...image.manifest,
  };
  return addManifest(repository, { mediaType: image.servedAs ?? mediaType, bytes: bytesOf(manifest) }, ...tags);
}

/** Stores an index of images that the repository holds already; gives its digest. */
export function addIndex(repository: RepositoryContent, content: IndexContent, ...tags: string[]): Digest {
  const mediaType = content.format === "oci" ? OCI_INDEX : DOCKER_LIST;
  const manifests = content.entries.map((entry) => {
    const stored = repository.manifests.get(entry.manifest);
    if (stored === undefined) throw new Error(`${entry.manifest} is not in the repository`);
    const [os, architecture, variant] = entry.platform?.split("/") ?? [];
    return {
      mediaType: entry.mediaType ?? stored.mediaType,
      digest: entry.manifest,
      size: stored.bytes.length,
      ...(entry.platform !== null && { platform: { architecture, os, ...(variant !== undefined && { variant }) } }),
      ...(entry.annotations !== undefined && { annotations: entry.annotations }),
    };
  });
  const index = { schemaVersion: 2, mediaType, manifests, ...content.index };
  return addManifest(repository, { mediaType, bytes: bytesOf(index) }, ...tags);
}

/** A gzip layer of this content. */
export function gzipLayer(content: string | Uint8Array): StoredLayer {
  return { blob: gzipMember(Buffer.from(content)), type: "gzip" };
}

/** A layer stored as it is. */
export function plainLayer(content: string | Uint8Array): StoredLayer {
  return { blob: Buffer.from(content), type: "plain" };
}

/** A config such as build tools write, its layers' digests true when the layers' contents are given. */
export function configFor(platform: string, layerContents: readonly (string | Uint8Array)[] = []): string {
  const [os, architecture, variant] = platform.split("/");
  return JSON.stringify({
    architecture,
    ...(variant !== undefined && { variant }),
    config: { Env: ["PATH=/usr/bin:/bin"], Cmd: ["/bin/sh", "-c", "true && exit <&0"], WorkingDir: "/" },
    created: "2024-01-02T03:04:05Z",
    history: [{ created: "2024-01-02T03:04:05Z", created_by: "/bin/sh -c #(nop) CMD", empty_layer: true }],
    os,
    rootfs: { type: "layers", diff_ids: layerContents.map((content) => digestOf(Buffer.from(content))) },
  });
}

function isShortType(type: string): type is "plain" | "gzip" | "zstd" {
  return type === "plain" || type === "gzip" || type === "zstd";
}

function bytesOf(document: object): Uint8Array {
  return Buffer.from(JSON.stringify(document, null, 3));
}
