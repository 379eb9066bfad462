import { CLAIM_HEAD_LENGTH, claimedSize, GZIP_SIZE_LENGTH } from "../archive/claimed-size.ts";
import type { ArchiveLayer } from "../archive/docker-archive.ts";
import { isZstdLayerType } from "../archive/layer-compression.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { BlobDownloads } from "./blob-downloads.ts";

/** What is known of a layer before its bytes are. */
export interface LayerClaims {
  readonly blob: Descriptor;
  /** What the image's config says of the uncompressed layer. */
  readonly diffId: string | undefined;
  /** The first bytes of the blob. */
  readonly head: Uint8Array;
  readonly downloads: BlobDownloads;
}

/** Guesses what a layer unpacks to; null where there is nothing to go by. A wrong guess costs time, never a wrong hash. */
export type GuessLayer = (claims: LayerClaims) => Promise<ArchiveLayer | null>;

/** Takes the config's word for the digest, and the blob's own for the size. */
export const guessFromClaims: GuessLayer = async ({ blob, diffId, head, downloads }) => {
  if (diffId === undefined || !isDigest(diffId)) return null;
  const size = await claimedSize(head, blob.size, () => downloads.end(blob, GZIP_SIZE_LENGTH));
  return size === null ? null : { digest: diffId satisfies Digest, size };
};

/** Begins to ask for what a guess will need, where that takes a request of its own. */
export function expectGuess(blob: Descriptor, downloads: BlobDownloads): void {
  // Asked for once more when it is needed: the answer is kept.
  if (!isZstdLayerType(blob.mediaType)) downloads.end(blob, GZIP_SIZE_LENGTH).catch(() => undefined);
}

/** The first bytes of chunks, and all of the chunks again. */
export async function peek(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  let size = 0;
  while (size < CLAIM_HEAD_LENGTH) {
    const next = await iterator.next();
    if (next.done) break;
    seen.push(next.value);
    size += next.value.length;
  }
  return { head: Buffer.concat(seen).subarray(0, CLAIM_HEAD_LENGTH), all: replay(seen, iterator) };
}

async function* replay(seen: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* seen;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
