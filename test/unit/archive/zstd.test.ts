import { describe, expect, test } from "vitest";
import { ByteReader } from "../../../server/src/archive/byte-reader.ts";
import { inflateZstd } from "../../../server/src/archive/zstd.ts";
import {
  createNativeZstdDecoder,
  createPortableZstdDecoder,
  createZstdDecoders,
  type ZstdDecoder,
} from "../../../server/src/archive/zstd-decoder.ts";
import { skippableFrame } from "../../support/images/zstd.ts";
import { COMPRESSED_SQUARES, SQUARES } from "../../support/images/zstd-compressed.ts";
import { storedZstdFrame } from "../../support/images/zstd-stored.ts";
import { collect, inChunks, readLayer } from "../../support/read-layer.ts";

const ABC = Buffer.from("abc");
const HAS_CHECKSUM = 0x04;
const IS_SINGLE_SEGMENT = 0x20;
const WINDOW_128_KIB = 7 << 3;

function block(type: number, size: number, body: Uint8Array, isLast = true): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | Number(isLast), 0, 3);
  return Buffer.concat([header, body]);
}

const raw = (body: Uint8Array, isLast = true) => block(0, body.length, body, isLast);
const repeated = (size: number, isLast = true) => block(1, size, Buffer.from("r"), isLast);

/** A frame with full control of its header (RFC 8878): the descriptor byte, and what follows it. */
function frame(descriptor: number, fields: readonly number[], ...blocks: Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor, ...fields]), ...blocks]);
}

function changed(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? copy.length + at : at]! ^= 1;
  return copy;
}

const STORED = storedZstdFrame(ABC);

const ACCEPTED: [string, Uint8Array, Uint8Array][] = [
  ["a stored frame", STORED, ABC],
  ["a frame with nothing in it", storedZstdFrame(Buffer.alloc(0)), Buffer.alloc(0)],
  ["several frames", Buffer.concat([STORED, storedZstdFrame(Buffer.from("def")), STORED]), Buffer.from("abcdefabc")],
  ["a skippable frame at the end", Buffer.concat([STORED, skippableFrame(Buffer.alloc(50))]), ABC],
  [
    "skippable frames in between",
    Buffer.concat([STORED, skippableFrame(Buffer.alloc(0)), skippableFrame(ABC), STORED]),
    Buffer.from("abcabc"),
  ],
  [
    "several blocks",
    frame(0, [WINDOW_128_KIB], raw(ABC, false), repeated(4, false), raw(Buffer.alloc(0))),
    Buffer.from("abcrrrr"),
  ],
  ["a repeated byte as long as the window", frame(0, [0], repeated(1024)), Buffer.alloc(1024, "r")],
  [
    "a repeated byte as long as a block may be",
    frame(0, [WINDOW_128_KIB], repeated(128 * 1024)),
    Buffer.alloc(128 * 1024, "r"),
  ],
  ["a content size of two bytes", frame(0x40, [0, 1, 0], repeated(257)), Buffer.alloc(257, "r")],
  ["a content size of eight bytes", frame(0xe0, [3, 0, 0, 0, 0, 0, 0, 0], raw(ABC)), ABC],
  ["dictionary number 0", frame(1, [0, 0], raw(ABC)), ABC],
  ["the unused bit set", frame(0x10, [0], raw(ABC)), ABC],
];

const REFUSED: [string, Uint8Array, string][] = [
  ["one zero behind", Buffer.concat([STORED, Buffer.alloc(1)]), "layer-trailing-data"],
  ["zeros behind", Buffer.concat([STORED, Buffer.alloc(20)]), "layer-trailing-data"],
  ["text behind", Buffer.concat([STORED, Buffer.from("trailing")]), "layer-trailing-data"],
  ["nothing but a magic number", STORED.subarray(0, 4), "layer-corrupt"],
  ["a frame that breaks off in its header", STORED.subarray(0, 6), "layer-corrupt"],
  ["a frame that breaks off in its block", STORED.subarray(0, -1), "layer-corrupt"],
  ["a second frame that breaks off", Buffer.concat([STORED, STORED.subarray(0, -1)]), "layer-corrupt"],
  ["a frame without a last block", frame(0, [0], raw(ABC, false)), "layer-corrupt"],
  ["a skippable frame that breaks off", Buffer.concat([STORED, skippableFrame(ABC).subarray(0, -1)]), "layer-corrupt"],
  ["a skippable frame without a length", Buffer.concat([STORED, skippableFrame(ABC).subarray(0, 6)]), "layer-corrupt"],
  ["the reserved bit set", frame(0x08, [0], raw(ABC)), "layer-corrupt"],
  ["a block type that there is not", frame(0, [0], block(3, 0, Buffer.alloc(0))), "layer-corrupt"],
  ["a compressed block of one byte", frame(0, [0], block(2, 1, Buffer.alloc(1))), "layer-corrupt"],
  ["a block longer than the window", frame(0, [0], repeated(1025)), "layer-corrupt"],
  ["a block longer than 128 KiB", frame(0, [10 << 3], repeated(128 * 1024 + 1)), "layer-corrupt"],
  ["less content than stated", frame(IS_SINGLE_SEGMENT, [4], raw(ABC)), "layer-corrupt"],
  ["more content than stated", frame(IS_SINGLE_SEGMENT, [2], raw(ABC)), "layer-corrupt"],
  ["a wrong checksum", frame(HAS_CHECKSUM, [0], raw(ABC), Buffer.alloc(4)), "layer-corrupt"],
  ["a checksum that breaks off", COMPRESSED_SQUARES.subarray(0, -1), "layer-corrupt"],
  ["no checksum", COMPRESSED_SQUARES.subarray(0, -4), "layer-corrupt"],
  ["a window over 512 MiB", frame(0, [(19 << 3) | 1], raw(ABC)), "layer-compression-unsupported"],
  ["a content as window over 512 MiB", frame(0xa0, [1, 0, 0, 0x20], raw(ABC)), "layer-compression-unsupported"],
  ["a dictionary", frame(1, [0, 5], raw(ABC)), "layer-compression-unsupported"],
];

/** Every way to cut a small blob into equal chunks; some ways for a larger one. */
function chunkSizesOf(blob: Uint8Array): number[] {
  if (blob.length > 100) return [1, 2, 3, 50, blob.length];
  return Array.from({ length: blob.length }, (_, index) => index + 1);
}

describe("zstd that skopeo unpacks, at every chunk size", () => {
  test.each(ACCEPTED)("%s", async (_, blob, content) => {
    for (const size of chunkSizesOf(blob)) expect((await readLayer(blob, size)).equals(content)).toBe(true);
  });
});

describe("zstd that it refuses, or that is damaged, at every chunk size", () => {
  test.each(REFUSED)("%s", async (_, blob, code) => {
    for (const size of chunkSizesOf(blob)) await expect(readLayer(blob, size)).rejects.toMatchObject({ code });
  });
});

test("a window of 512 MiB is the largest that skopeo takes", async () => {
  expect(await readLayer(frame(0, [19 << 3], raw(ABC)), 100)).toEqual(ABC);
});

// Node has a decoder since 22.15; before, only the portable one can be tested.
const DECODERS: [string, () => ZstdDecoder | null][] = [
  ["portable", createPortableZstdDecoder],
  ["native", createNativeZstdDecoder],
];

describe.each(DECODERS.filter(([, create]) => create() !== null))("the %s decoder", (_, create) => {
  const read = (blob: Uint8Array, chunkSize: number) => {
    const decoder = create()!;
    const decoders = { forFramesWithChecksum: decoder, forOtherFrames: decoder };
    return collect(inflateZstd(new ByteReader(inChunks(blob, chunkSize)), decoders));
  };

  test.each([1, 13, 1000])("reads compressed blocks and their checksum, in chunks of %d", async (chunkSize) => {
    expect((await read(COMPRESSED_SQUARES, chunkSize)).equals(SQUARES)).toBe(true);
  });

  test("reads frames one after the other", async () => {
    const frames = Buffer.concat([COMPRESSED_SQUARES, STORED, skippableFrame(ABC), COMPRESSED_SQUARES]);
    expect((await read(frames, 100)).equals(Buffer.concat([SQUARES, ABC, SQUARES]))).toBe(true);
  });

  test("refuses a wrong checksum", async () => {
    await expect(read(changed(COMPRESSED_SQUARES, -1), 100)).rejects.toMatchObject({ code: "layer-corrupt" });
  });

  test("gives no other content for a damaged block", async () => {
    let refused = 0;
    for (let at = 9; at < COMPRESSED_SQUARES.length - 4; at += 3) {
      const outcome = await read(changed(COMPRESSED_SQUARES, at), 1000).catch((error: unknown) => error);
      // A few bits have no meaning.
      if (outcome instanceof Buffer) expect(outcome.equals(SQUARES)).toBe(true);
      else expect(outcome).toMatchObject({ code: "layer-corrupt" });
      refused += Number(!(outcome instanceof Buffer));
    }
    expect(refused).toBeGreaterThan(100);
  });

  test.each(ACCEPTED)("reads %s", async (_, blob, content) => {
    expect((await read(blob, 5)).equals(content)).toBe(true);
  });

  test.each(REFUSED)("refuses %s", async (_, blob, code) => {
    await expect(read(blob, 5)).rejects.toMatchObject({ code });
  });
});

test("frames without a checksum are left to the decoder that notices more damage", () => {
  const { forFramesWithChecksum, forOtherFrames } = createZstdDecoders();
  expect(forFramesWithChecksum === forOtherFrames).toBe(createNativeZstdDecoder() === null);
});
