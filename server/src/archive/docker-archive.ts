import { type Digest, digestHex } from "../oci/digest.ts";
import type { FinalReference } from "./final-reference.ts";
import type { ImageConfig } from "./image-config.ts";
import { type LegacyLayer, legacyLayers } from "./legacy-metadata.ts";
import { TAR_END, tarFileHeader, tarPadding, tarSymlinkHeader } from "./tar-header.ts";

/** A layer as the archive holds it: uncompressed. */
export interface ArchiveLayer {
  /** Of the uncompressed bytes. */
  readonly digest: Digest;
  /** Uncompressed bytes. */
  readonly size: number;
}

/** Everything that the bytes of a docker-archive depend on. */
export interface ArchiveImage {
  /** In manifest order; the same layer may occur more than once. */
  readonly layers: readonly ArchiveLayer[];
  readonly configDigest: Digest;
  readonly config: ImageConfig;
  readonly reference: FinalReference;
}

/** A stretch of an archive: bytes that are known, or the body of a layer, which comes from elsewhere. */
export type ArchivePart =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "layer"; readonly layer: ArchiveLayer };

/**
 * The docker-archive that `skopeo copy` writes since version 1.2, in the order of its bytes. The parts up to the end of
 * a layer depend on nothing that comes after it; layers of equal content are written once.
 * Source: containers/image `docker/internal/tarfile/`.
 */
export function* archiveParts(image: ArchiveImage): Generator<ArchivePart, void, undefined> {
  for (const layer of distinctLayers(image.layers)) {
    yield known(layerEntryHeader(layer));
    yield { kind: "layer", layer };
    yield known(tarPadding(layer.size));
  }
  for (const bytes of archiveTail(image)) yield known(bytes);
}

/** Bytes of the whole archive. */
export function archiveSize(image: ArchiveImage): number {
  let size = 0;
  for (const part of archiveParts(image)) size += part.kind === "bytes" ? part.bytes.length : part.layer.size;
  return size;
}

/** The header that stands before a layer's bytes. */
export function layerEntryHeader(layer: ArchiveLayer): Uint8Array {
  return tarFileHeader(layerFileName(layer.digest), layer.size);
}

/** Everything behind the last layer: config, legacy metadata, manifest.json, repositories, end. */
export function* archiveTail(image: ArchiveImage): Generator<Uint8Array, void, undefined> {
  const configFileName = `${digestHex(image.configDigest)}.json`;
  const layerDigests = image.layers.map(({ digest }) => digest);
  const folders = legacyLayers(layerDigests, image.config.legacyAttributes);
  yield* fileEntry(configFileName, image.config.bytes);
  for (const folder of folders) yield* legacyEntries(folder);
  yield* fileEntry("manifest.json", manifestJson(image.reference, configFileName, layerDigests));
  yield* fileEntry("repositories", repositoriesJson(image.reference, folders.at(-1)));
  yield TAR_END;
}

function* legacyEntries(folder: LegacyLayer): Generator<Uint8Array, void, undefined> {
  yield tarSymlinkHeader(`${folder.id}/layer.tar`, `../${layerFileName(folder.layer)}`);
  yield* fileEntry(`${folder.id}/VERSION`, Buffer.from("1.0", "latin1"));
  yield* fileEntry(`${folder.id}/json`, folder.json);
}

function* fileEntry(name: string, body: Uint8Array): Generator<Uint8Array, void, undefined> {
  yield tarFileHeader(name, body.length);
  yield body;
  yield tarPadding(body.length);
}

// What JSON.stringify prints is what Go prints here: the names consist of characters that neither escapes.

function manifestJson(reference: FinalReference, config: string, layers: readonly Digest[]): Uint8Array {
  const repoTags = [`${reference.name}:${reference.tag}`];
  return Buffer.from(JSON.stringify([{ Config: config, RepoTags: repoTags, Layers: layers.map(layerFileName) }]));
}

function repositoriesJson(reference: FinalReference, lastFolder: LegacyLayer | undefined): Uint8Array {
  const repositories = lastFolder === undefined ? {} : { [reference.name]: { [reference.tag]: lastFolder.id } };
  return Buffer.from(JSON.stringify(repositories));
}

function layerFileName(digest: Digest): string {
  return `${digestHex(digest)}.tar`;
}

function distinctLayers(layers: readonly ArchiveLayer[]): Iterable<ArchiveLayer> {
  const byDigest = new Map<Digest, ArchiveLayer>();
  for (const layer of layers) if (!byDigest.has(layer.digest)) byDigest.set(layer.digest, layer);
  return byDigest.values();
}

function known(bytes: Uint8Array): ArchivePart {
  return { kind: "bytes", bytes };
}
