/** Image manifests and indexes by format; no other manifest type is an image. */
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";

const SCHEMA1_TYPES: ReadonlySet<string> = new Set([
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
]);

const MANIFEST_KINDS: ReadonlyMap<string, ManifestType> = new Map([
  [OCI_MANIFEST, { kind: "image", format: "oci" }],
  [OCI_INDEX, { kind: "index", format: "oci" }],
  [DOCKER_MANIFEST, { kind: "image", format: "docker" }],
  [DOCKER_LIST, { kind: "index", format: "docker" }],
]);

/** Layer types that skopeo takes in an OCI manifest (containers/image `manifest/oci.go`). */
const OCI_LAYERS: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar+zstd",
  "application/vnd.oci.image.layer.nondistributable.v1.tar",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
]);

/** Layer types that skopeo takes in a Docker manifest (containers/image `manifest/docker_schema2.go`). */
const DOCKER_LAYERS: ReadonlySet<string> = new Set([
  "application/vnd.docker.image.rootfs.diff.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
  "application/vnd.docker.image.rootfs.foreign.diff.tar",
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
]);

export interface ManifestType {
  readonly kind: "image" | "index";
  readonly format: "oci" | "docker";
}

const PARAMETER = /[ \t]*;[ \t]*([\w!#$%&'+.^`|~-]+)=(?:[\w!#$%&'*+.^`|~-]+|"(?:[^"\\]|\\.)*")/y;

/**
 * The type of a `Content-Type` header, in lower case and without its parameters; null when there is none, or when the
 * parameters are malformed, which skopeo takes for none.
 */
export function mediaTypeOf(contentType: string | null): string | null {
  const text = contentType ?? "";
  const semicolon = text.indexOf(";");
  const type = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  const parameters = semicolon < 0 ? "" : text.slice(semicolon);
  return type !== "" && areParameters(parameters) ? type : null;
}

function areParameters(text: string): boolean {
  const names: string[] = [];
  PARAMETER.lastIndex = 0;
  let end = 0;
  for (let match = PARAMETER.exec(text); match !== null; match = PARAMETER.exec(text)) {
    names.push((match[1] ?? "").toLowerCase());
    end = PARAMETER.lastIndex;
  }
  return new Set(names).size === names.length && /^[ \t]*;?[ \t]*$/.test(text.slice(end));
}

/** What a media type says of a manifest; null unless it is an image manifest or index of OCI or Docker schema 2. */
export function manifestTypeOf(mediaType: string): ManifestType | null {
  return MANIFEST_KINDS.get(mediaType) ?? null;
}

export function isSchema1(mediaType: string): boolean {
  return SCHEMA1_TYPES.has(mediaType);
}

export function isConfigType(mediaType: string): boolean {
  return mediaType === OCI_CONFIG || mediaType === DOCKER_CONFIG;
}

/** Whether skopeo writes a layer of this type, in a manifest of this format, into a docker-archive. */
export function isLayerType(mediaType: string, format: "oci" | "docker"): boolean {
  return (format === "oci" ? OCI_LAYERS : DOCKER_LAYERS).has(mediaType);
}
