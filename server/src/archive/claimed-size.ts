import { detectCompression } from "./layer-compression.ts";
import { readZstdContentSize, ZSTD_FRAME_HEADER_LIMIT } from "./zstd.ts";

/** As many bytes of a blob's beginning as are looked at. */
export const CLAIM_HEAD_LENGTH = ZSTD_FRAME_HEADER_LIMIT;
/** As many of a gzip blob's end. */
export const GZIP_SIZE_LENGTH = 4;

/** A deflate stream can't expand by more (zlib, "Technical details"). */
const LARGEST_EXPANSION = 1032;
const LARGEST_SHRINKAGE = 64;
const GZIP_WRAP = 2 ** 32;
/** Below so many bytes, no real blob unpacks to 4 GiB. */
const WRAPPING_SIZE = 2 ** 28;

/**
 * What a blob says of its uncompressed size: the frame header of zstd, the last bytes of gzip, its own size where it is not
 * compressed. A claim of the first or the last part of several is taken for the whole, so that this is a guess. Null where
 * nothing is said, or something that can't be.
 *
 * @param head the first `CLAIM_HEAD_LENGTH` bytes, or the whole of a smaller blob
 * @param size of the blob, in bytes
 * @param readEnd gives the last `GZIP_SIZE_LENGTH` bytes, or null
 */
export async function claimedSize(
  head: Uint8Array,
  size: number,
  readEnd: () => Promise<Uint8Array | null>,
): Promise<number | null> {
  const compression = detectCompression(head);
  if (compression === "none") return size;
  if (compression === "zstd") return plausible(readZstdContentSize(head), size);
  if (compression !== "gzip") return null;
  const end = await readEnd();
  return end?.length === GZIP_SIZE_LENGTH ? gzipSize(Buffer.from(end).readUInt32LE(), size) : null;
}

/** The trailer counts modulo 4 GiB (RFC 1952). */
function gzipSize(stated: number, size: number): number | null {
  const wraps = size < WRAPPING_SIZE ? 0 : Math.max(0, Math.ceil((smallestFor(size) - stated) / GZIP_WRAP));
  return plausible(stated + wraps * GZIP_WRAP, size);
}

function plausible(claimed: number | null, size: number): number | null {
  if (claimed === null || claimed > size * LARGEST_EXPANSION) return null;
  return claimed >= smallestFor(size) ? claimed : null;
}

/** Compressing what can't be compressed adds a little. */
function smallestFor(size: number): number {
  return Math.max(0, size - LARGEST_SHRINKAGE - Math.ceil(size / 1000));
}
