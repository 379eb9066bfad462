import { describe, expect, test } from "vitest";
import { openLayer } from "../../../server/src/archive/inflate.ts";
import { gzipMember } from "../../support/images/gzip.ts";
import { skippableFrame } from "../../support/images/zstd.ts";
import { storedZstdFrame } from "../../support/images/zstd-stored.ts";
import { collect, inChunks, readLayer } from "../../support/read-layer.ts";

const DATA = Buffer.from("some layer");

describe("the first bytes tell the compression", () => {
  test.each<[string, Uint8Array, string]>([
    ["gzip", gzipMember(DATA), "gzip"],
    ["zstd", storedZstdFrame(DATA), "zstd"],
    ["bzip2", Buffer.from("BZh91AY&SY"), "bzip2"],
    ["xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00]), "xz"],
    ["nothing known", DATA, "none"],
    ["no bytes", Buffer.alloc(0), "none"],
    ["the beginning of gzip's magic number", Buffer.from([0x1f, 0x8b]), "none"],
    ["gzip's magic number with another method", Buffer.from([0x1f, 0x8b, 9, 0]), "none"],
    ["the beginning of xz's magic number", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), "none"],
    ["zstd behind a skippable frame", Buffer.concat([skippableFrame(DATA), storedZstdFrame(DATA)]), "none"],
  ])("%s", async (_, blob, compression) => {
    for (const chunkSize of [1, 2, 5, 1000]) {
      const opened = await openLayer(inChunks(blob, chunkSize));
      expect(opened.compression).toBe(compression);
      await opened.content.return();
    }
  });
});

test.each([1, 3, 1000])("what has no known beginning is kept as it is, in chunks of %d", async (chunkSize) => {
  const blob = Buffer.concat([skippableFrame(DATA), storedZstdFrame(DATA)]);
  expect(await readLayer(blob, chunkSize)).toEqual(blob);
  expect(await readLayer(Buffer.alloc(0), chunkSize)).toEqual(Buffer.alloc(0));
});

test.each([
  ["bzip2", Buffer.from("BZh91AY&SY")],
  ["xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00])],
])("%s is refused by name", async (name, blob) => {
  await expect(readLayer(blob, 100)).rejects.toMatchObject({
    code: "layer-compression-unsupported",
    message: expect.stringContaining(name),
  });
});

describe("the limit on uncompressed bytes", () => {
  const million = Buffer.alloc(1_000_000);
  test.each<[string, Uint8Array]>([
    ["gzip", gzipMember(million)],
    ["zstd", Buffer.concat(Array.from({ length: 10 }, () => storedZstdFrame(million.subarray(0, 100_000))))],
    ["nothing", million],
  ])("holds for %s", async (_, blob) => {
    expect(await readLayer(blob, 1000, 1_000_000)).toHaveLength(1_000_000);
    await expect(readLayer(blob, 1000, 999_999)).rejects.toMatchObject({ code: "layer-too-large" });
  });

  test("stops a bomb long before its end", async () => {
    const bomb = gzipMember(Buffer.alloc(50_000_000));
    let given = 0;
    async function* counted() {
      for await (const chunk of inChunks(bomb, 1000)) {
        given += chunk.length;
        yield chunk;
      }
    }
    await expect(collect((await openLayer(counted(), 1_000_000)).content)).rejects.toMatchObject({
      code: "layer-too-large",
    });
    expect(given).toBeLessThan(bomb.length / 10);
  });
});

describe("the blob is closed", () => {
  const closings = () => {
    let closed = 0;
    async function* source(blob: Uint8Array) {
      try {
        yield* inChunks(blob, 4);
      } finally {
        closed++;
      }
    }
    return { source, closed: () => closed };
  };

  test.each<[string, Uint8Array]>([
    ["gzip", gzipMember(DATA)],
    ["zstd", storedZstdFrame(DATA)],
    ["nothing", DATA],
  ])("when reading of %s stops half-way", async (_, blob) => {
    const { source, closed } = closings();
    const { content } = await openLayer(source(blob));
    await content.next();
    await content.return();
    expect(closed()).toBe(1);
  });

  test("when reading fails", async () => {
    const { source, closed } = closings();
    const blob = Buffer.concat([gzipMember(DATA), Buffer.alloc(20)]);
    await expect(collect((await openLayer(source(blob))).content)).rejects.toMatchObject({
      code: "layer-trailing-data",
    });
    expect(closed()).toBe(1);
  });

  test("when the source fails, whose error is passed on", async () => {
    const failure = new Error("gone");
    async function* source() {
      yield gzipMember(DATA).subarray(0, 12);
      throw failure;
    }
    await expect(collect((await openLayer(source())).content)).rejects.toBe(failure);
  });
});
