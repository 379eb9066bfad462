import type { ByteReader } from "./byte-reader.ts";
import { corruptLayer, trailingData, unsupportedCompression } from "./layer-errors.ts";
import { createZstdDecoders, ZSTD_WINDOW_LOG_LIMIT, type ZstdDecoder, type ZstdDecoders } from "./zstd-decoder.ts";

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const WINDOW_LIMIT = 2 ** ZSTD_WINDOW_LOG_LIMIT;
const SMALLEST_WINDOW = 1024;
const BLOCK_LIMIT = 128 * 1024;

interface FrameHeader {
  readonly bytes: Uint8Array;
  readonly windowSize: number;
  /** Decompressed bytes of the frame; null when it does not say. */
  readonly contentSize: bigint | null;
  readonly hasChecksum: boolean;
}

/**
 * Decompresses a zstd layer of one or more frames (RFC 8878), passing over skippable ones; a piece is valid until the
 * next is asked for. The frames are walked here, so that every input byte is accounted for whichever decoder runs.
 * Errors: `layer-corrupt`, `layer-trailing-data`, `layer-compression-unsupported`.
 */
export async function* inflateZstd(
  reader: ByteReader,
  decoders: ZstdDecoders = createZstdDecoders(),
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    do {
      const magic = await reader.take(4);
      const kind = magic === null ? null : readUint(magic);
      if (magic !== null && kind === FRAME_MAGIC) yield* inflateFrame(reader, magic, decoders);
      else if (kind !== null && (kind & 0xfffffff0) === SKIPPABLE_MAGIC) await skipFrame(reader);
      else throw trailingData("zstd");
    } while (!(await reader.atEnd()));
  } finally {
    decoders.forFramesWithChecksum.close();
    decoders.forOtherFrames.close();
  }
}

/** Magic number, descriptor, window, dictionary and content size (RFC 8878, section 3.1.1). */
export const ZSTD_FRAME_HEADER_LIMIT = 18;

/** The decompressed bytes that the frame at the beginning of `head` says it has; null when it does not say. */
export function readZstdContentSize(head: Uint8Array): number | null {
  const flags = head[4] ?? 0;
  const isSingleSegment = (flags & 0x20) !== 0;
  const start = 5 + (isSingleSegment ? 0 : 1) + dictionaryLength(flags);
  const bytes = head.subarray(start, start + contentSizeLength(flags));
  if (bytes.length < contentSizeLength(flags)) return null;
  const { value } = readContentSize(bytes);
  return value === null ? null : Number(value);
}

function dictionaryLength(flags: number): number {
  return [0, 1, 2, 4][flags & 3] ?? 0;
}

function contentSizeLength(flags: number): number {
  return [(flags & 0x20) !== 0 ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
}

async function skipFrame(reader: ByteReader): Promise<void> {
  const length = readUint(await takeFrame(reader, 4));
  if (!(await reader.skip(length))) throw corruptLayer("a zstd frame breaks off");
}

async function* inflateFrame(
  reader: ByteReader,
  magic: Uint8Array,
  decoders: ZstdDecoders,
): AsyncGenerator<Uint8Array, void, undefined> {
  const header = await readFrameHeader(reader, magic);
  const decoder = header.hasChecksum ? decoders.forFramesWithChecksum : decoders.forOtherFrames;
  let size = 0n;
  for await (const piece of frameContent(reader, header, decoder)) {
    size += BigInt(piece.length);
    yield piece;
  }
  if (header.contentSize !== null && header.contentSize !== size) throw corruptLayer("a zstd frame has another length");
}

async function* frameContent(
  reader: ByteReader,
  header: FrameHeader,
  decoder: ZstdDecoder,
): AsyncGenerator<Uint8Array, void, undefined> {
  const blockLimit = Math.min(BLOCK_LIMIT, Math.max(header.windowSize, SMALLEST_WINDOW));
  decoder.startFrame(header.bytes);
  for (let isLast = false; !isLast; ) {
    const block = await readBlock(reader, blockLimit);
    yield* decoded(() => decoder.decodeBlock(block.bytes));
    isLast = block.isLast;
  }
  const checksum = header.hasChecksum ? await takeFrame(reader, 4) : null;
  yield* decoded(() => decoder.endFrame(checksum));
}

/** The pieces that a decoder gives; whatever it throws says that the data is wrong. */
function* decoded(decode: () => Iterable<Uint8Array>): Generator<Uint8Array, void, undefined> {
  try {
    yield* decode();
  } catch (error) {
    throw corruptLayer("its zstd data or checksum is wrong", error);
  }
}

async function readFrameHeader(reader: ByteReader, magic: Uint8Array): Promise<FrameHeader> {
  const descriptor = await takeFrame(reader, 1);
  const flags = readUint(descriptor);
  if (flags & 0x08) throw corruptLayer("a zstd frame has a reserved bit set");
  const isSingleSegment = (flags & 0x20) !== 0;
  const window = await takeFrame(reader, isSingleSegment ? 0 : 1);
  const dictionary = await takeFrame(reader, dictionaryLength(flags));
  if (dictionary.some((byte) => byte !== 0)) throw unsupportedCompression("A layer needs a zstd dictionary");
  const contentSize = readContentSize(await takeFrame(reader, contentSizeLength(flags)));
  const bytes = Buffer.concat([magic, descriptor, window, dictionary, contentSize.bytes]);
  const windowSize = isSingleSegment ? Number(contentSize.value) : readWindowSize(window);
  if (windowSize > WINDOW_LIMIT) throw unsupportedCompression("A layer needs a zstd window of over 512 MiB");
  return { bytes, windowSize, contentSize: contentSize.value, hasChecksum: (flags & 0x04) !== 0 };
}

function readWindowSize(window: Uint8Array): number {
  const descriptor = readUint(window);
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function readContentSize(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly value: bigint | null } {
  if (bytes.length === 0) return { bytes, value: null };
  if (bytes.length === 8) return { bytes, value: Buffer.from(bytes).readBigUInt64LE() };
  return { bytes, value: BigInt(readUint(bytes) + (bytes.length === 2 ? 256 : 0)) };
}

async function readBlock(reader: ByteReader, limit: number): Promise<{ bytes: Uint8Array; isLast: boolean }> {
  const header = await reader.peek(3);
  if (header.length < 3) throw corruptLayer("a zstd frame breaks off");
  const fields = readUint(header);
  const type = BLOCK_TYPES[(fields >> 1) & 3];
  const size = fields >> 3;
  if (type === undefined) throw corruptLayer("a zstd block has an unknown type");
  if (size > limit || (type === "compressed" && size < 2)) throw corruptLayer("a zstd block has an impossible length");
  const bytes = await takeFrame(reader, 3 + (type === "repeated" ? 1 : size));
  return { bytes, isLast: (fields & 1) !== 0 };
}

const BLOCK_TYPES = ["raw", "repeated", "compressed"] as const;

async function takeFrame(reader: ByteReader, length: number): Promise<Uint8Array> {
  const bytes = await reader.take(length);
  if (bytes === null) throw corruptLayer("a zstd frame breaks off");
  return bytes;
}

/** Little-endian, up to four bytes. */
function readUint(bytes: Uint8Array): number {
  return Buffer.from(bytes).readUIntLE(0, bytes.length);
}
