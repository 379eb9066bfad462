import type { ArchiveLayer } from "../archive/docker-archive.ts";
import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { BlobDownloads } from "./blob-downloads.ts";
import type { BlobSpool } from "./blob-spool.ts";
import { type GuessLayer, peek } from "./layer-guesses.ts";
import type { InflatedLayer, LayerFacts, Threads } from "./threads/threads.ts";

/** What unpacking the layers of an image works with. */
export interface LayerSources {
  readonly threads: Threads;
  readonly downloads: BlobDownloads;
  readonly spool: BlobSpool;
  /** Null where nothing is to be guessed. */
  readonly guess: GuessLayer | null;
  readonly layerSizeLimit: number;
  readonly signal: AbortSignal;
}

/** A layer that is ready to go into the archive, or that was measured. */
export type OpenedLayer = StreamedLayer | MeasuredLayer;

interface StreamedLayer {
  readonly kind: "streamed";
  /** Certain, or a guess. */
  readonly expected: ArchiveLayer;
  readonly inflated: InflatedLayer;
}

/** Its blob is in the spool. */
interface MeasuredLayer {
  readonly kind: "measured";
  readonly facts: LayerFacts;
}

/**
 * Unpacks a layer as it is downloaded: into the archive where its size and digest are known or guessed, else to measure it.
 *
 * @param facts what is certain of the layer
 * @param diffId what the image's config says of it, where it may be trusted
 */
export async function openLayer(
  blob: Descriptor,
  copy: "any" | "fresh",
  { facts, diffId }: { readonly facts: LayerFacts | undefined; readonly diffId: string | undefined },
  sources: LayerSources,
): Promise<OpenedLayer> {
  const { downloads, guess } = sources;
  const chunks = downloads.read(blob, copy);
  if (facts !== undefined) return stream(facts, chunks, facts.digest, sources);
  if (guess === null || diffId === undefined) return measure(blob, chunks, sources);
  const { head, all } = await peek(chunks);
  const guessed = await guess({ blob, diffId, head, downloads });
  return guessed === null ? measure(blob, all, sources) : stream(guessed, all, null, sources);
}

/** Unpacks a layer once more that was measured or guessed wrong. */
export function reopenLayer(blob: Descriptor, facts: LayerFacts, sources: LayerSources): OpenedLayer {
  const { spool, downloads } = sources;
  const chunks = spool.has(blob.digest) ? spool.read(blob.digest) : downloads.read(blob);
  return stream(facts, chunks, facts.digest, sources);
}

function stream(
  expected: ArchiveLayer,
  chunks: AsyncIterable<Uint8Array>,
  knownDigest: Digest | null,
  { threads, layerSizeLimit, signal }: LayerSources,
): OpenedLayer {
  const inflated = threads.inflate(chunks, { sizeLimit: layerSizeLimit, knownDigest, output: "streamed", signal });
  // A layer that was opened ahead may fail before its turn comes, or never have one.
  inflated.facts.catch(() => undefined);
  return { kind: "streamed", expected, inflated };
}

async function measure(
  { digest }: Descriptor,
  chunks: AsyncIterable<Uint8Array>,
  { threads, spool, layerSizeLimit, signal }: LayerSources,
): Promise<OpenedLayer> {
  const request = { sizeLimit: layerSizeLimit, knownDigest: null, output: "measured", signal } as const;
  return { kind: "measured", facts: await threads.inflate(spool.through(digest, chunks), request).facts };
}
