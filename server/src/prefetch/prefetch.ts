import { archiveParts } from "../archive/docker-archive.ts";
import { type FinalReference, parseFinalReference } from "../archive/final-reference.ts";
import { DEFAULT_LAYER_SIZE_LIMIT, openLayer } from "../archive/inflate.ts";
import { CodedError, orThrow } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { formatBytes } from "../base/quantities.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageManifest } from "../oci/manifest.ts";
import type { Platform } from "../oci/platform.ts";
import type { Tag } from "../oci/reference.ts";
import type { RegistryClient, RegistryTarget } from "../registry/client.ts";
import { type BlobSource, registryBlobs, requestOptions } from "./blob-source.ts";
import { BlobSpool } from "./blob-spool.ts";
import { fetchConfig } from "./config-blob.ts";
import { type HashedArchive, hashArchive } from "./hash-archive.ts";
import { hashFolder } from "./hash-folder.ts";
import { type PrefetchPlan, planPrefetch } from "./plan.ts";
import { type PrefetchProgress, ProgressMeter } from "./progress.ts";
import { refuseLayers } from "./refused-layers.ts";
import { stageLayers } from "./stage-layers.ts";
import { imageWarnings } from "./warnings.ts";

export type { PrefetchProgress } from "./progress.ts";

/**
 * What is hashed: the docker-archive that `dockerTools.pullImage` stores, or the Nix archive (NAR) of the folder that
 * `nix2container.pullImage` stores.
 */
export type ArchiveFormat = "docker-archive" | "nix2container";

export interface PrefetchRequest {
  readonly target: RegistryTarget;
  readonly reference: Tag | Digest;
  /** Chooses the manifest in an index; a digest or tag of a single manifest ignores it, as skopeo does. */
  readonly platform: Platform;
  /** "docker-archive" unless given. */
  readonly format?: ArchiveFormat;
  /** `finalImageName` and `finalImageTag` as the user writes them; both go into the bytes of a docker-archive. */
  readonly finalImageName: string;
  readonly finalImageTag: string;
}

export interface PrefetchedImage {
  /** Of what the reference names: an index or one platform's manifest. */
  readonly digest: Digest;
  readonly digestOf: "index" | "image";
  readonly platformDigest: Digest;
  /** SHA-256 of the docker-archive, the flat hash that `dockerTools.pullImage` wants, or of the Nix archive, nix2container's. */
  readonly archiveDigest: Digest;
  /** Bytes of that archive. */
  readonly archiveSize: number;
  /** For people: what the answer depends on, such as a skopeo that is new enough. */
  readonly warnings: readonly string[];
}

export interface PrefetchOptions {
  readonly registry: RegistryClient;
  readonly log: Log;
  /** A folder for compressed blobs while they wait; nothing is left in it. */
  readonly temporaryFolder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PrefetchProgress) => void;
  /** Receives the archive's bytes in order; its back-pressure is awaited. Only for writing the archive itself. */
  readonly writeArchive?: (bytes: Uint8Array) => Promise<void>;
  /** Uncompressed bytes that one layer may have; 32 GiB unless given. */
  readonly layerSizeLimit?: number;
  /** Bytes that the image may download, as its manifest claims; no limit unless given. */
  readonly downloadLimit?: number;
}

/**
 * Computes what the format's function stores for an image, and its hash: what `skopeo copy docker://… docker-archive:…`
 * would write, or the Nix archive of what `skopeo copy docker://… dir:…` would.
 * Errors: `final-reference-malformed`; `download-too-large`; those of the registry, of manifests and of platform choice; `config-…`,
 * `layer-…`, `spool-failed`; what `writeArchive` throws; the reason of an aborted signal.
 */
export async function prefetchImage(request: PrefetchRequest, options: PrefetchOptions): Promise<PrefetchedImage> {
  const { target, platform, format = "docker-archive" } = request;
  const { registry, log, signal } = options;
  signal?.throwIfAborted();
  const isFolder = format === "nix2container";
  const reference = isFolder ? null : orThrow(parseFinalReference(request.finalImageName, request.finalImageTag));
  const progress = new ProgressMeter(options.onProgress);
  const copied = isFolder ? "as-is" : "docker-archive";
  const asking = requestOptions(progress, signal);
  const plan = await planPrefetch(registry, target, request.reference, platform, copied, asking);
  const { manifest } = plan;
  const downloadSize = compressedSize(manifest);
  if (options.downloadLimit !== undefined && downloadSize > options.downloadLimit) {
    const sizes = `${formatBytes(downloadSize)}, and the limit is ${formatBytes(options.downloadLimit)}`;
    throw new CodedError("download-too-large", `The image would download ${sizes}; raise the limit in the settings.`);
  }
  progress.expect(downloadSize, manifest.layers.length);
  const blobs = registryBlobs(registry, target, progress);
  const { archive, warnings } =
    reference === null
      ? await prefetchFolder(plan, blobs, progress, options)
      : await prefetchDockerArchive(plan, platform, reference, blobs, progress, options);
  log.debug(`hashed ${archive.size} bytes of ${manifest.layers.length} layers: ${archive.digest}`);
  return {
    digest: plan.digest,
    digestOf: plan.digestOf,
    platformDigest: plan.platformDigest,
    archiveDigest: archive.digest,
    archiveSize: archive.size,
    warnings,
  };
}

interface HashedImage {
  readonly archive: HashedArchive;
  readonly warnings: readonly string[];
}

async function prefetchDockerArchive(
  plan: PrefetchPlan,
  platform: Platform,
  reference: FinalReference,
  blobs: BlobSource,
  progress: ProgressMeter,
  { log, temporaryFolder, signal, writeArchive, layerSizeLimit = DEFAULT_LAYER_SIZE_LIMIT }: PrefetchOptions,
): Promise<HashedImage> {
  const { manifest } = plan;
  const config = await fetchConfig(manifest.config, blobs, signal);
  const spool = await BlobSpool.open(temporaryFolder);
  try {
    const layers = await stageLayers(manifest.layers, { blobs, spool, layerSizeLimit, signal });
    refuseLayers(manifest, config, layers);
    const blobOf = new Map(layers.map(({ digest, blob }) => [digest, blob]));
    const parts = archiveParts({ layers, config, configDigest: manifest.config.digest, reference });
    const archive = await hashArchive(parts, {
      async *readLayer({ digest }) {
        const blob = blobOf.get(digest);
        if (blob !== undefined) yield* (await openLayer(spool.read(blob), layerSizeLimit)).content;
      },
      onLayerDone: (done) => progress.finishLayers(layers.filter(({ digest }) => digest === done.digest).length),
      writeArchive,
      signal,
    });
    return { archive, warnings: imageWarnings(plan, platform, config, layers) };
  } finally {
    await spool.close(log);
  }
}

/** Nothing is unpacked or waits on disk. */
async function prefetchFolder(
  plan: PrefetchPlan,
  blobs: BlobSource,
  progress: ProgressMeter,
  { signal, writeArchive }: PrefetchOptions,
): Promise<HashedImage> {
  const { manifest, manifestBytes, warnings } = plan;
  const archive = await hashFolder(manifest, manifestBytes, {
    blobs,
    onBlobDone: (done) => progress.finishLayers(manifest.layers.filter(({ digest }) => digest === done.digest).length),
    writeArchive,
    signal,
  });
  return { archive, warnings };
}

/** Bytes to receive, as the manifest claims; repeated blobs count once. */
function compressedSize(manifest: ImageManifest): number {
  const sizes = new Map([manifest.config, ...manifest.layers].map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
