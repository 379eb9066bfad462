import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";
import { mapConcurrently } from "../../server/src/base/concurrency.ts";
import { type Digest, digestFromHex, digestOf } from "../../server/src/oci/digest.ts";
import { type RandomBelow, seededRandom } from "../support/images/random.ts";
import { realisticContent } from "../support/images/realistic.ts";
import { runForBytes } from "./programs.ts";

const SEED = 1;
export const MEGABYTE = 1_000_000;
const PIECES = 1000;
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
/** An empty block that says that it is the last. */
const LAST_BLOCK = Buffer.from([3, 0]);

/** A layer as a registry stores it, and what it unpacks to. */
export interface BenchLayer {
  readonly blob: Buffer;
  readonly digest: Digest;
  readonly type: "gzip" | "zstd";
  readonly uncompressedDigest: Digest;
  /** Bytes, unpacked. */
  readonly uncompressedSize: number;
}

/** One megabyte of content, and the deflate blocks of it. */
interface Piece {
  readonly content: Buffer;
  readonly deflated: Buffer;
}

/** What layers are put together from, so that many gigabytes of them cost the compression of one. */
export interface Pieces {
  /** Distinct pieces in a random order. */
  shuffled(megabytes: number): readonly number[];
  /** A gzip member of one go, as `pigz -6` writes it: its trailer has the true size. */
  gzipLayer(pieces: readonly number[]): BenchLayer;
  /** A frame as `zstd FILE` writes it: with the size and a checksum of the content. */
  zstdLayer(pieces: readonly number[], folder: string): Promise<BenchLayer>;
}

/** Compresses 1 GB of realistic content. The same on every run. */
export async function createPieces(): Promise<Pieces> {
  const all = realisticContent(SEED, PIECES * MEGABYTE);
  const options = { level: 6, finishFlush: constants.Z_SYNC_FLUSH };
  const numbers = Array.from({ length: PIECES }, (_, number) => number);
  const pieces = await mapConcurrently(numbers, availableParallelism(), async (number): Promise<Piece> => {
    const content = all.subarray(number * MEGABYTE, (number + 1) * MEGABYTE);
    return { content, deflated: await promisify(deflateRaw)(content, options) };
  });
  const below = seededRandom(SEED);
  const take = (chosen: readonly number[]) => chosen.flatMap((number) => pieces[number] ?? []);
  return {
    shuffled: (megabytes) => shuffle(numbers, below).slice(0, megabytes),
    gzipLayer: (chosen) => gzipLayer(take(chosen)),
    zstdLayer: (chosen, folder) => zstdLayer(take(chosen), folder),
  };
}

function gzipLayer(pieces: readonly Piece[]): BenchLayer {
  const { checksum, ...uncompressed } = measure(pieces);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(uncompressed.uncompressedSize % 2 ** 32, 4);
  const blob = Buffer.concat([GZIP_HEADER, ...pieces.map(({ deflated }) => deflated), LAST_BLOCK, trailer]);
  return { blob, digest: digestOf(blob), type: "gzip", ...uncompressed };
}

async function zstdLayer(pieces: readonly Piece[], folder: string): Promise<BenchLayer> {
  const { checksum: _, ...uncompressed } = measure(pieces);
  const file = join(folder, "layer.tar");
  await writeFile(
    file,
    pieces.map(({ content }) => content),
  );
  const blob = await runForBytes("zstd", ["-q", "-c", file]);
  return { blob, digest: digestOf(blob), type: "zstd", ...uncompressed };
}

function measure(pieces: readonly Piece[]) {
  const hash = createHash("sha256");
  let [checksum, uncompressedSize] = [0, 0];
  for (const { content } of pieces) {
    hash.update(content);
    checksum = crc32(content, checksum);
    uncompressedSize += content.length;
  }
  return { uncompressedDigest: digestFromHex(hash.digest("hex")), uncompressedSize, checksum };
}

function shuffle(numbers: readonly number[], below: RandomBelow): number[] {
  const shuffled = [...numbers];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = below(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] ?? 0, shuffled[last] ?? 0];
  }
  return shuffled;
}
