import { crc32, createInflateRaw } from "node:zlib";
import type { ByteReader } from "./byte-reader.ts";
import { corruptLayer, trailingData } from "./layer-errors.ts";
import { type OutputMemory, ZlibEngine } from "./zlib-engine.ts";

const FIXED_HEADER_LENGTH = 10;
const TRAILER_LENGTH = 8;
/** Go reads a file name or comment into a buffer of 512 bytes, its closing zero included. */
const TEXT_FIELD_LIMIT = 512;

const HAS_HEADER_CHECKSUM = 0x02;
const HAS_EXTRA_FIELD = 0x04;
const HAS_NAME = 0x08;
const HAS_COMMENT = 0x10;

/**
 * Decompresses a gzip layer of one or more members (RFC 1952); a piece is valid until the next is asked for. The frame
 * is read here and only the deflate data by zlib, since Node's own reader passes over zero bytes behind the last
 * member, which Go refuses. Errors: `layer-corrupt`, `layer-trailing-data`.
 */
export async function* inflateGzip(
  reader: ByteReader,
  output?: OutputMemory,
): AsyncGenerator<Uint8Array, void, undefined> {
  const engine = new ZlibEngine(createInflateRaw(), output);
  try {
    await readMemberHeader(reader);
    yield* inflateMember(reader, engine);
    while (!(await reader.atEnd())) {
      const magic = await reader.peek(3);
      if (magic[0] !== 0x1f || magic[1] !== 0x8b || magic[2] !== 0x08) throw trailingData("gzip");
      await readMemberHeader(reader);
      engine.reset();
      yield* inflateMember(reader, engine);
    }
  } finally {
    engine.close();
  }
}

async function readMemberHeader(reader: ByteReader): Promise<void> {
  const fixed = await takeHeader(reader, FIXED_HEADER_LENGTH);
  const flags = fixed[3] ?? 0;
  if (flags & HAS_EXTRA_FIELD) {
    const length = await takeHeader(reader, 2);
    await takeHeader(reader, readUint16(length));
  }
  if (flags & HAS_NAME) await readTextField(reader);
  if (flags & HAS_COMMENT) await readTextField(reader);
  if (flags & HAS_HEADER_CHECKSUM) {
    // skopeo's reader leaves the other fields out of the checksum, and so takes a right one for wrong.
    if (flags & (HAS_EXTRA_FIELD | HAS_NAME | HAS_COMMENT)) {
      throw corruptLayer("its gzip header has a checksum beside fields that skopeo leaves out of it");
    }
    const stated = readUint16(await takeHeader(reader, 2));
    if (stated !== (crc32(fixed) & 0xffff)) throw corruptLayer("the checksum of its gzip header is wrong");
  }
}

async function readTextField(reader: ByteReader): Promise<void> {
  for (let length = 1; length <= TEXT_FIELD_LIMIT; length++) {
    const [byte] = await takeHeader(reader, 1);
    if (byte === 0) return;
  }
  throw corruptLayer("a text in its gzip header is too long");
}

async function takeHeader(reader: ByteReader, length: number): Promise<Uint8Array> {
  const bytes = await reader.take(length);
  if (bytes === null) throw corruptLayer("its gzip header breaks off");
  return bytes;
}

async function* inflateMember(reader: ByteReader, engine: ZlibEngine): AsyncGenerator<Uint8Array, void, undefined> {
  let checksum = 0;
  let size = 0;
  for (;;) {
    const input = await reader.available();
    if (input.length === 0) throw corruptLayer("its gzip data breaks off");
    const pieces = decompress(engine, input);
    let piece = pieces.next();
    while (!piece.done) {
      checksum = crc32(piece.value, checksum);
      size += piece.value.length;
      yield piece.value;
      piece = pieces.next();
    }
    reader.consume(piece.value);
    if (piece.value < input.length) break;
  }
  const trailer = await reader.take(TRAILER_LENGTH);
  if (trailer === null) throw corruptLayer("its gzip trailer breaks off");
  const view = Buffer.from(trailer);
  if (view.readUInt32LE(0) !== checksum) throw corruptLayer("its gzip checksum is wrong");
  if (view.readUInt32LE(4) !== size % 2 ** 32) throw corruptLayer("its gzip length is wrong");
}

function* decompress(engine: ZlibEngine, input: Uint8Array): Generator<Uint8Array, number, undefined> {
  try {
    return yield* engine.decompress(input);
  } catch (error) {
    throw corruptLayer("its gzip data is malformed", error);
  }
}

function readUint16(bytes: Uint8Array): number {
  return Buffer.from(bytes).readUInt16LE(0);
}
