import { CodedError, fail, type Result, succeed } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { type Digest, parseDigest } from "./digest.ts";
import {
  ambiguous,
  type FieldTypes,
  type ManifestObject,
  malformed,
  readManifestDocument,
} from "./manifest-document.ts";
import { isLayerType, isSchema1, type ManifestType, manifestTypeOf, mediaTypeOf, OCI_CONFIG } from "./media-type.ts";
import type { Platform } from "./platform.ts";

/** Registry content by digest, as a manifest or index lists it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes, as the manifest claims. */
  readonly size: number;
  /** Where a foreign layer may be had instead; empty for all others. */
  readonly urls: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  /** The content itself, at most 64 KiB and as long as `size`; its digest is not checked yet. */
  readonly data?: Uint8Array;
}

/** The manifest of one platform's image. */
export interface ImageManifest {
  readonly kind: "image";
  readonly format: "oci" | "docker";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface IndexEntry extends Descriptor {
  readonly platform: (Platform & { readonly variant: string | null }) | null;
}

/** An OCI index or a Docker manifest list. */
export interface ImageIndex {
  readonly kind: "index";
  readonly format: "oci" | "docker";
  readonly entries: readonly IndexEntry[];
}

/** What skopeo makes of an image: a docker-archive of it, or a folder with its blobs as they are. */
export type CopiedAs = "docker-archive" | "as-is";

/** Of a manifest and of an image's config, in bytes: what skopeo reads of either. */
export const MANIFEST_SIZE_LIMIT = 4 * 1024 * 1024;
/** Of content inside a descriptor, in bytes. */
const DATA_LIMIT = 64 * 1024;
const LAYER_LIMIT = 1000;
const ENTRY_LIMIT = 4096;

const PLATFORM_FIELDS: FieldTypes = {
  ...{ os: "string", architecture: "string", variant: "string" },
  ...{ "os.version": "string", "os.features": "strings", features: "strings" },
};
const DESCRIPTOR_FIELDS: FieldTypes = {
  ...{ mediaType: "string", digest: "string", size: "size", urls: "strings", annotations: "stringMap" },
  ...{ artifactType: "string", data: "base64", platform: PLATFORM_FIELDS },
};
const DOCUMENT_FIELDS: FieldTypes = {
  ...{ schemaVersion: "size", mediaType: "string", artifactType: "string", annotations: "stringMap" },
  ...{ subject: DESCRIPTOR_FIELDS },
};

/** The fields that tell one kind of manifest from another; each kind may have only its own. */
const TELLING_FIELDS = ["config", "layers", "manifests", "fsLayers", "history"];
const OWN_FIELDS = { image: ["config", "layers"], index: ["manifests"] };

/**
 * Reads an image manifest or index, and refuses whatever skopeo refuses or would take for something else.
 * `contentType` is that of the registry's response: as for skopeo, it decides the kind; the body must agree.
 * Problems: `manifest-too-large`, `manifest-not-json`, `manifest-malformed`, `manifest-ambiguous`, `manifest-schema1`,
 * `manifest-media-type-unsupported`, `artifact-not-image`, `layer-media-type-unsupported`, `layer-encrypted`,
 * `malformed-digest`, `unsupported-digest-algorithm`.
 * Rules: containers/image `manifest/` and the advisory CVE-2021-41190 on ambiguous documents.
 *
 * @param copied what skopeo is to do with it: a copy as it is takes OCI artifacts and OCI layers of any type as well
 */
export function parseManifest(
  bytes: Uint8Array,
  contentType: string | null,
  copied: CopiedAs = "docker-archive",
): Result<ImageManifest | ImageIndex> {
  return asResult(() => {
    if (bytes.length > MANIFEST_SIZE_LIMIT) {
      throw new CodedError("manifest-too-large", "The image's manifest is over 4 MiB, which skopeo refuses to read.");
    }
    const document = readManifestDocument(bytes);
    const type = typeOfDocument(document, mediaTypeOf(contentType));
    document.checkFields(DOCUMENT_FIELDS);
    return type.kind === "index" ? readIndex(document, type.format) : readImage(document, type.format, copied);
  });
}

/**
 * Reads what an index entry points to: as `parseManifest`, but another index is a problem, `index-nested`.
 */
export function parseImageManifest(
  bytes: Uint8Array,
  contentType: string | null,
  copied: CopiedAs = "docker-archive",
): Result<ImageManifest> {
  const manifest = parseManifest(bytes, contentType, copied);
  if (!manifest.ok) return manifest;
  if (manifest.value.kind === "image") return succeed(manifest.value);
  return fail(
    "index-nested",
    "The index lists another index for this platform, which skopeo refuses; pin the digest of the inner index instead.",
  );
}

function typeOfDocument(document: ManifestObject, contentType: string | null): ManifestType {
  if ((contentType !== null && isSchema1(contentType)) || document.has("fsLayers")) {
    throw schema1();
  }
  const version = document.size("schemaVersion");
  if (version === 1) throw schema1();
  if (version !== null && version !== 2) throw malformed(`its schemaVersion is ${version}`);
  const mediaType = document.string("mediaType");
  const type = contentType === null ? null : manifestTypeOf(contentType);
  if (type === null) throw unsupportedContentType(contentType, mediaType);
  // An OCI manifest that leaves it empty is read as one that leaves it out.
  if (mediaType !== null && mediaType !== contentType && !(mediaType === "" && type.format === "oci")) {
    const stated = printable(mediaType, 100);
    throw ambiguous(`the registry serves it as "${contentType}", but it says "${stated}" itself`);
  }
  const foreignField = TELLING_FIELDS.find((key) => document.has(key) && !OWN_FIELDS[type.kind].includes(key));
  if (foreignField !== undefined) throw ambiguous(`it has "${foreignField}", but is served as "${contentType}"`);
  return type;
}

function readIndex(document: ManifestObject, format: "oci" | "docker"): ImageIndex {
  const entries = document.objects("manifests", (index) => `entry ${index + 1} of the index`);
  if (entries.length > ENTRY_LIMIT) throw malformed(`it has more than ${ENTRY_LIMIT} entries`);
  return { kind: "index", format, entries: entries.map(readEntry) };
}

function readEntry(entry: ManifestObject): IndexEntry {
  const platform = entry.object("platform", `the platform of ${entry.name}`);
  if (platform === null) return { ...readDescriptor(entry), platform: null };
  return {
    ...readDescriptor(entry),
    platform: {
      os: platform.string("os") ?? "",
      architecture: platform.string("architecture") ?? "",
      variant: platform.string("variant") || null,
    },
  };
}

function readImage(document: ManifestObject, format: "oci" | "docker", copied: CopiedAs): ImageManifest {
  const isArchived = copied === "docker-archive";
  // skopeo writes no archive of a Docker manifest that leaves these out, and no copy as it is; an OCI manifest may.
  for (const key of format === "docker" ? ["schemaVersion", "mediaType"] : []) {
    if (!document.has(key)) throw malformed(`it has no ${key}`);
  }
  const configObject = document.object("config", "the config descriptor");
  if (configObject === null) throw malformed("it has no config");
  const configType = configObject.string("mediaType") ?? "";
  // The config's type is what tells an OCI image from an artifact; that of a Docker manifest is not looked at.
  if (format === "oci" && isArchived && configType !== OCI_CONFIG) throw artifact(configType);
  const layers = document.objects("layers", (index) => `layer ${index + 1}`);
  if (layers.length > LAYER_LIMIT) throw malformed(`it has more than ${LAYER_LIMIT} layers`);
  return {
    kind: "image",
    format,
    config: readDescriptor(configObject),
    layers: layers.map((layer) =>
      isArchived || format === "docker" ? readLayer(layer, format) : readDescriptor(layer),
    ),
  };
}

function readLayer(layer: ManifestObject, format: "oci" | "docker"): Descriptor {
  const mediaType = layer.string("mediaType") ?? "";
  if (!isLayerType(mediaType, format)) throw unsupportedLayer(layer.name, mediaType, format);
  return readDescriptor(layer);
}

function readDescriptor(object: ManifestObject): Descriptor {
  object.checkFields(DESCRIPTOR_FIELDS);
  const digestText = object.string("digest");
  if (digestText === null) throw malformed(`${object.name} has no digest`);
  const digest = parseDigest(digestText);
  if (!digest.ok) {
    throw new CodedError(digest.problem.code, `In the image's manifest, ${object.name}: ${digest.problem.message}`);
  }
  const size = object.size("size");
  if (size === null) throw malformed(`${object.name} has no size`);
  const data = object.base64("data");
  return {
    mediaType: object.string("mediaType") ?? "",
    digest: digest.value,
    size,
    urls: object.strings("urls"),
    annotations: object.stringMap("annotations"),
    ...(data !== null && data.length === size && size <= DATA_LIMIT && { data }),
  };
}

function schema1(): CodedError {
  return new CodedError(
    "manifest-schema1",
    "The image has a manifest of Docker schema 1, whose archive depends on the build of skopeo; push it again with a current tool.",
  );
}

function unsupportedContentType(contentType: string | null, mediaType: string | null): CodedError {
  if (contentType?.startsWith("application/vnd.oci.artifact.manifest.")) return artifact(contentType);
  const served = contentType === null ? "without a Content-Type" : `as "${printable(contentType, 100)}"`;
  const rightType = mediaType !== null && manifestTypeOf(mediaType) !== null ? `as "${mediaType}"` : "with its type";
  return new CodedError(
    "manifest-media-type-unsupported",
    `The registry serves the manifest ${served}, so nix build would fail on it too; the registry must serve it ${rightType}.`,
  );
}

function artifact(type: string): CodedError {
  return new CodedError(
    "artifact-not-image",
    `The reference names an artifact of type "${printable(type, 100)}", not an image; pin an image instead.`,
  );
}

function unsupportedLayer(name: string, mediaType: string, format: "oci" | "docker"): CodedError {
  if (mediaType.startsWith("application/vnd.in-toto")) return artifact(mediaType);
  if (mediaType.endsWith("+encrypted")) {
    return new CodedError("layer-encrypted", `The image's ${name} is encrypted, and skopeo has no key in a Nix build.`);
  }
  const shown = printable(mediaType, 100);
  const why =
    format === "docker" && /[.+]zstd$/.test(mediaType)
      ? "which skopeo releases unpack differently; push the image with OCI media types or with gzip"
      : `which skopeo refuses in ${format === "oci" ? "an OCI" : "a Docker"} manifest; push the image again`;
  return new CodedError("layer-media-type-unsupported", `The image's ${name} has the type "${shown}", ${why}.`);
}

function asResult<T>(read: () => T): Result<T> {
  try {
    return succeed(read());
  } catch (error) {
    if (error instanceof CodedError) return fail(error.code, error.message);
    throw error;
  }
}
