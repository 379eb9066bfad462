import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { Decompress } from "fzstd";
import { XxHash64 } from "./xxhash64.ts";
import { type OutputMemory, ZlibEngine } from "./zlib-engine.ts";

/** The largest window that skopeo's decompressor takes, as a power of two. */
export const ZSTD_WINDOW_LOG_LIMIT = 29;

/**
 * Decodes frames one after the other, each given in its parts: header, blocks, and the checksum, null when the frame has
 * none. Pieces are valid until the next is asked for. Throws when the data or the checksum is wrong.
 */
export interface ZstdDecoder {
  startFrame(header: Uint8Array): void;
  /** `block` is kept no longer than the frame, and not changed. */
  decodeBlock(block: Uint8Array): Iterable<Uint8Array>;
  endFrame(checksum: Uint8Array | null): Iterable<Uint8Array>;
  close(): void;
}

/** Since Node 22.15; the types are those of an older one. */
type CreateZstdDecompress = (options: { params: Record<number, number> }) => Transform;

/** Which decoder to give a frame to. */
export interface ZstdDecoders {
  readonly forFramesWithChecksum: ZstdDecoder;
  readonly forOtherFrames: ZstdDecoder;
}

/**
 * Node's own decoder where it has one, else a slower one in JavaScript. Frames without a checksum go to the latter in
 * any case: libzstd does not notice some damage of literals that skopeo's decoder reports.
 */
export function createZstdDecoders(output?: OutputMemory): ZstdDecoders {
  const portable = createPortableZstdDecoder();
  return { forFramesWithChecksum: createNativeZstdDecoder(output) ?? portable, forOtherFrames: portable };
}

/** Null before Node 22.15. */
export function createNativeZstdDecoder(output?: OutputMemory): ZstdDecoder | null {
  const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: CreateZstdDecompress };
  const windowLogMax: unknown = Reflect.get(zlib.constants, "ZSTD_d_windowLogMax");
  if (createZstdDecompress === undefined || typeof windowLogMax !== "number") return null;
  const engine = new ZlibEngine(createZstdDecompress({ params: { [windowLogMax]: ZSTD_WINDOW_LOG_LIMIT } }), output);
  let header: Uint8Array = new Uint8Array(0);
  return {
    startFrame(bytes) {
      header = bytes;
    },
    *decodeBlock(block) {
      yield* engine.decompress(header);
      header = new Uint8Array(0);
      yield* engine.decompress(block);
    },
    *endFrame(checksum) {
      if (checksum !== null) yield* engine.decompress(checksum);
    },
    close: () => engine.close(),
  };
}

/** Bytes of a frame that `fzstd` must have seen before it begins. */
const START = 18;
/** Almost those, then header and body of a block (RFC 8878, section 3.1.1.2). */
const INPUT_SIZE = START + 3 + 128 * 1024;

/** `fzstd`, with the checksum that it passes over. */
export function createPortableZstdDecoder(): ZstdDecoder {
  const pieces: Uint8Array[] = [];
  // Always the same memory: fzstd keeps views of all that it is given until the frame ends.
  const input = Buffer.allocUnsafeSlow(INPUT_SIZE);
  /** Bytes in it that were not pushed. */
  let filled = 0;
  let isBegun = false;
  let hash = new XxHash64();
  let frame = new Decompress();
  const takeInput = () => {
    const bytes = input.subarray(0, filled);
    filled = 0;
    return bytes;
  };
  const push = (bytes: Uint8Array, final: boolean) => {
    frame.push(bytes, final);
    const decoded = pieces.splice(0);
    for (const piece of decoded) hash.update(piece);
    return decoded;
  };
  return {
    startFrame(bytes) {
      input.set(bytes);
      filled = bytes.length;
      isBegun = false;
      hash = new XxHash64();
      frame = new Decompress((piece) => pieces.push(piece));
    },
    decodeBlock(block) {
      input.set(block, filled);
      filled += block.length;
      // fzstd misreads a push that ends between header and first block, too.
      isBegun ||= filled >= START;
      return isBegun ? push(takeInput(), false) : [];
    },
    endFrame(checksum) {
      const decoded = push(Buffer.concat([takeInput(), checksum ?? new Uint8Array(0)]), true);
      if (checksum !== null && Buffer.from(checksum).readUInt32LE() !== hash.lowHalf()) {
        throw new Error("the content checksum does not match");
      }
      return decoded;
    },
    close() {},
  };
}
