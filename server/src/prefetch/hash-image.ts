import { archiveSize, archiveTail } from "../archive/docker-archive.ts";
import type { FinalReference } from "../archive/final-reference.ts";
import type { ImageConfig } from "../archive/image-config.ts";
import { orAborted } from "../base/abort.ts";
import type { Log } from "../base/log.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageManifest } from "../oci/manifest.ts";
import { createBlobDownloads } from "./blob-downloads.ts";
import type { BlobSource } from "./blob-source.ts";
import { BlobSpool } from "./blob-spool.ts";
import type { PrefetchEngine } from "./engine.ts";
import { bytesLost, hashLayers, neededLayers } from "./hash-layers.ts";
import type { KnownImage } from "./known-images.ts";
import type { GuessLayer } from "./layer-guesses.ts";
import type { LayerWay } from "./layer-prefixes.ts";
import type { ProgressMeter } from "./progress.ts";
import { refuseLayers } from "./refused-layers.ts";
import type { LayerFacts } from "./threads/threads.ts";
import { writtenArchive } from "./written-archive.ts";

export interface ImageHashing {
  readonly engine: PrefetchEngine;
  readonly blobs: BlobSource;
  /** Where the blobs come from. */
  readonly host: string;
  readonly progress: ProgressMeter;
  readonly log: Log;
  /** A folder for what does not fit into memory. */
  readonly temporaryFolder: string;
  readonly guess: GuessLayer;
  readonly layerSizeLimit: number;
  readonly writeArchive: ((bytes: Uint8Array) => Promise<void>) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Nothing is shared with others, since all bytes are wanted. */
const WHOLE_WAY: LayerWay = { known: null, reached() {}, end() {} };

/**
 * Hashes the docker-archive of an image, and writes it if that is wanted. Beginnings that were hashed for another image are not
 * hashed again, and their blobs not downloaded. Errors: those of `config`, `hashLayers`, `refuseLayers`, and `writeArchive`.
 */
export async function hashImage(
  manifest: ImageManifest,
  config: Promise<ImageConfig>,
  reference: FinalReference,
  hashing: ImageHashing,
): Promise<KnownImage> {
  const { engine, blobs, progress, log, writeArchive, layerSizeLimit } = hashing;
  const { threads, knownLayers } = engine;
  const { layers } = manifest;
  const failure = new AbortController();
  const signal = hashing.signal ? AbortSignal.any([hashing.signal, failure.signal]) : failure.signal;
  const blobDigests = layers.map(({ digest }) => digest);
  const way = writeArchive ? WHOLE_WAY : await engine.prefixes.begin(blobDigests, signal);
  const hash = writeArchive ? writtenArchive(writeArchive, signal) : threads.openArchiveHash();
  const spool = new BlobSpool(hashing.temporaryFolder, engine.downloads);
  try {
    const known = way.known?.layers ?? [];
    const certain = writeArchive ? new Map<Digest, LayerFacts>() : await certainFacts(blobDigests, engine);
    const needed = neededLayers(layers, known, certain);
    for (const { digest, size } of layersOnce(manifest)) {
      if (!needed.some((layer) => layer.digest === digest)) progress.correctTotal(size, 0);
    }
    const downloads = createBlobDownloads({
      ...{ blobs, host: hashing.host, signal },
      order: needed,
      budget: engine.downloads,
      onFailure: (error) => failure.abort(error),
    });
    try {
      const image = await orAborted(config, signal);
      if (way.known !== null) hash.restore(way.known.state);
      progress.finishLayers(known.length);
      const facts = await hashLayers(layers, needed, {
        ...{ threads, downloads, spool, layerSizeLimit, signal, hash, way, certain, knownLayers, progress },
        guess: writeArchive ? null : hashing.guess,
        diffIds: image.diffIds,
      });
      refuseLayers(manifest, image, facts);
      const archive = { layers: facts, config: image, configDigest: manifest.config.digest, reference };
      for (const bytes of archiveTail(archive)) await hash.append(bytes);
      const hashed = await hash.digest();
      if (hashed.size !== archiveSize(archive)) throw bytesLost();
      return { ...hashed, layers: facts.map(({ digest }) => digest) };
    } catch (error) {
      if (!signal.aborted) failure.abort(error);
      // Whatever was stopped with it, the reason is the first failure, or the caller's abort.
      signal.throwIfAborted();
      throw error;
    } finally {
      await downloads.close();
    }
  } finally {
    way.end();
    hash.close();
    await spool.close(log);
  }
}

async function certainFacts(
  blobs: readonly Digest[],
  { knownLayers }: PrefetchEngine,
): Promise<Map<Digest, LayerFacts>> {
  const found = await Promise.all(
    [...new Set(blobs)].map(async (blob) => [blob, await knownLayers.find(blob)] as const),
  );
  return new Map(found.flatMap(([blob, facts]) => (facts === null ? [] : [[blob, facts] as const])));
}

function layersOnce({ layers }: ImageManifest) {
  return new Map(layers.map((layer) => [layer.digest, layer])).values();
}
