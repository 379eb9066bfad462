import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { CLAIM_HEAD_LENGTH, claimedSize } from "../../../server/src/archive/claimed-size.ts";
import { skippableFrame } from "../../support/images/zstd.ts";
import { storedZstdFrame } from "../../support/images/zstd-stored.ts";
import { isMissing } from "../../support/tools.ts";

const MEGABYTE = 1024 * 1024;
const GIBIBYTE = 1024 ** 3;

async function claimOf(blob: Uint8Array): Promise<number | null> {
  return claimedSize(blob.subarray(0, CLAIM_HEAD_LENGTH), blob.length, async () => blob.subarray(-4));
}

/** What a gzip blob of that size claims whose trailer states `length`. */
async function claimOfGzip(size: number, length: number): Promise<number | null> {
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(length % 2 ** 32);
  return claimedSize(Buffer.from("1f8b08000000000000ff", "hex"), size, async () => trailer);
}

describe("a blob's own word for what it unpacks to", () => {
  const text = Buffer.from("layer ".repeat(1000));

  test.each([
    ["gzip", gzipSync(text), text.length],
    ["gzip of nothing", gzipSync(""), 0],
    ["gzip of what can't be compressed", gzipSync(Buffer.from(Array.from({ length: 256 }, (_, i) => i))), 256],
    ["zstd", storedZstdFrame(text), text.length],
    ["no compression", text, text.length],
    ["nothing", Buffer.alloc(0), 0],
    ["xz, which is refused", Buffer.from("fd377a585a000004", "hex"), null],
    ["half of a magic number", Buffer.from("28b52f", "hex"), 3],
    ["zstd that breaks off in its header", Buffer.from("28b52ffd80", "hex"), null],
    [
      "a zstd frame behind one to skip, which is not recognised",
      Buffer.concat([skippableFrame(text), text]),
      2 * text.length + 8,
    ],
  ])("%s", async (_, blob, claimed) => {
    expect(await claimOf(blob)).toBe(claimed);
  });

  test.skipIf(isMissing("zstd"))("zstd in a stream, whose length its writer did not know", async () => {
    const zstd = (args: string[]) => execFileSync("zstd", ["-q", "-c", ...args], { input: text });
    expect(await claimOf(zstd([]))).toBe(null);
    expect(await claimOf(zstd([`--stream-size=${text.length}`]))).toBe(text.length);
  });

  test("the members of stargz, of which the last one is empty", async () => {
    expect(await claimOf(Buffer.concat([gzipSync(Buffer.alloc(MEGABYTE)), gzipSync("")]))).toBe(null);
  });

  test("a trailer that nobody has", async () => {
    expect(await claimedSize(gzipSync("a"), 21, async () => null)).toBe(null);
  });
});

describe("a gzip trailer, which counts modulo 4 GiB", () => {
  test.each([
    ["a small blob does not unpack to more", MEGABYTE, 100, null],
    ["nor by more than deflate can", 100, 200_000, null],
    ["a blob of 1 GiB that is half as large as what it holds", GIBIBYTE, 2 * GIBIBYTE, 2 * GIBIBYTE],
    ["one of 2 GiB", 2 * GIBIBYTE, 5 * GIBIBYTE, 5 * GIBIBYTE],
    ["one of 9 GiB", 9 * GIBIBYTE, 12.5 * GIBIBYTE, 12.5 * GIBIBYTE],
    ["more than once round is not seen", GIBIBYTE, 6 * GIBIBYTE, 2 * GIBIBYTE],
  ])("%s", async (_, size, length, claimed) => {
    expect(await claimOfGzip(size, length)).toBe(claimed);
  });
});
