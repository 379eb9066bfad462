import { type FinalReference, parseFinalReference } from "../archive/final-reference.ts";
import { DEFAULT_LAYER_SIZE_LIMIT } from "../archive/inflate.ts";
import { CodedError, orThrow } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { formatBytes } from "../base/quantities.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageManifest } from "../oci/manifest.ts";
import type { Platform } from "../oci/platform.ts";
import type { Tag } from "../oci/reference.ts";
import type { RegistryClient, RegistryTarget } from "../registry/client.ts";
import { type BlobSource, registryBlobs, requestOptions } from "./blob-source.ts";
import { fetchConfig } from "./config-blob.ts";
import type { PrefetchEngine } from "./engine.ts";
import { hashFolder } from "./hash-folder.ts";
import { hashImage } from "./hash-image.ts";
import type { KnownImage } from "./known-images.ts";
import { type GuessLayer, guessFromClaims } from "./layer-guesses.ts";
import { type PrefetchPlan, planPrefetch } from "./plan.ts";
import { type PrefetchProgress, ProgressMeter } from "./progress.ts";
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
  /** Shared by all prefetches of a process. */
  readonly engine: PrefetchEngine;
  readonly registry: RegistryClient;
  readonly log: Log;
  /** A folder for compressed blobs that are needed twice and don't fit into memory; nothing is left in it. */
  readonly temporaryFolder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PrefetchProgress) => void;
  /** Receives the archive's bytes in order; its back-pressure is awaited. Only for writing the archive itself. */
  readonly writeArchive?: (bytes: Uint8Array) => Promise<void>;
  /** Uncompressed bytes that one layer may have; 32 GiB unless given. */
  readonly layerSizeLimit?: number;
  /** Bytes that the image may download, as its manifest claims; no limit unless given. */
  readonly downloadLimit?: number;
  /** What layers are expected to be before they are unpacked; from what image and blobs say, unless given. */
  readonly guess?: GuessLayer;
}

/**
 * Computes what the format's function stores for an image, and its hash: what `skopeo copy docker://… docker-archive:…`
 * would write, or the Nix archive of what `skopeo copy docker://… dir:…` would.
 * Errors: `final-reference-malformed`; `download-too-large`; those of the registry, of manifests and of platform choice; `config-…`,
 * `layer-…`, `spool-failed`, `thread-failed`; what `writeArchive` throws; the reason of an aborted signal.
 */
export async function prefetchImage(request: PrefetchRequest, options: PrefetchOptions): Promise<PrefetchedImage> {
  const { target, platform, format = "docker-archive" } = request;
  const { engine, registry, log, signal, writeArchive, downloadLimit } = options;
  signal?.throwIfAborted();
  const isFolder = format === "nix2container";
  const reference = isFolder ? null : orThrow(parseFinalReference(request.finalImageName, request.finalImageTag));
  const progress = new ProgressMeter(options.onProgress);
  const copied = isFolder ? "as-is" : "docker-archive";
  const asking = requestOptions(progress, signal);
  const plan = await planPrefetch(registry, target, request.reference, platform, copied, asking);
  const { manifest, platformDigest } = plan;
  const finalReference = reference === null ? "" : `${reference.name}:${reference.tag}`;
  const key = { platformDigest, format, finalReference };
  const known = writeArchive ? null : await engine.knownImages.find(key);
  const downloadSize = compressedSize(manifest);
  if (known === null && downloadLimit !== undefined && downloadSize > downloadLimit) {
    const sizes = `${formatBytes(downloadSize)}, and the limit is ${formatBytes(downloadLimit)}`;
    throw new CodedError("download-too-large", `The image would download ${sizes}; raise the limit in the settings.`);
  }
  progress.expect(known === null ? downloadSize : manifest.config.size, manifest.layers.length);
  const source = { target, blobs: registryBlobs(registry, target, progress), progress };
  const { image, warnings } =
    reference === null
      ? { image: known ?? (await hashImageFolder(plan, source, options)), warnings: plan.warnings }
      : await hashDockerArchive(plan, reference, platform, known, source, options);
  if (known === null) await engine.knownImages.learn(key, image);
  log.debug(`${known === null ? "hashed" : "knew"} ${image.size} bytes of ${platformDigest}: ${image.digest}`);
  return {
    digest: plan.digest,
    digestOf: plan.digestOf,
    platformDigest,
    archiveDigest: image.digest,
    archiveSize: image.size,
    warnings,
  };
}

interface ImageSource {
  readonly target: RegistryTarget;
  readonly blobs: BlobSource;
  readonly progress: ProgressMeter;
}

async function hashDockerArchive(
  plan: PrefetchPlan,
  reference: FinalReference,
  platform: Platform,
  known: KnownImage | null,
  { target, blobs, progress }: ImageSource,
  options: PrefetchOptions,
): Promise<{ image: KnownImage; warnings: string[] }> {
  const { engine, log, temporaryFolder, signal, writeArchive } = options;
  const { layerSizeLimit = DEFAULT_LAYER_SIZE_LIMIT, guess = guessFromClaims } = options;
  const config = fetchConfig(plan.manifest.config, blobs, signal);
  // It is waited for when it is needed.
  config.catch(() => undefined);
  const image =
    known ??
    (await hashImage(plan.manifest, config, reference, {
      ...{ engine, blobs, progress, log, temporaryFolder, guess, layerSizeLimit, writeArchive, signal },
      host: target.repository.registry,
    }));
  return { image, warnings: imageWarnings(plan, platform, await config, image.layers) };
}

/** Nothing is unpacked or waits on disk. */
async function hashImageFolder(
  { manifest, manifestBytes }: PrefetchPlan,
  { target, blobs, progress }: ImageSource,
  { engine, signal, writeArchive }: PrefetchOptions,
): Promise<KnownImage> {
  const archive = await hashFolder(manifest, manifestBytes, {
    blobs,
    host: target.repository.registry,
    budget: engine.downloads,
    onBlobDone: (done) => progress.finishLayers(manifest.layers.filter(({ digest }) => digest === done.digest).length),
    writeArchive,
    signal,
  });
  return { ...archive, layers: [] };
}

/** Bytes to receive, as the manifest claims; repeated blobs count once. */
function compressedSize(manifest: ImageManifest): number {
  const sizes = new Map([manifest.config, ...manifest.layers].map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
