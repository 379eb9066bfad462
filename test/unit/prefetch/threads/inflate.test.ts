import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { CodedError } from "../../../../server/src/base/errors.ts";
import { digestFromHex, digestOf } from "../../../../server/src/oci/digest.ts";
import { gzipMember } from "../../../support/images/gzip.ts";
import { randomBytes } from "../../../support/images/random.ts";
import { storedZstdFrame } from "../../../support/images/zstd-stored.ts";
import { collect, inChunks } from "../../../support/read-layer.ts";
import { describeThreads, IDLE, request } from "./threads-under-test.ts";

const SMALL = Buffer.from("a layer");
/** More than all slots of a channel hold. */
const LARGE = Buffer.concat([randomBytes(1, 3_000_000), Buffer.alloc(6_000_000, "text "), randomBytes(2, 3_000_000)]);
const OTHER_DIGEST = digestFromHex(createHash("sha256").update("other").digest("hex"));

describeThreads("a layer is unpacked", (open) => {
  test.each<[string, Uint8Array, Buffer, string]>([
    ["gzip", gzipMember(SMALL), SMALL, "gzip"],
    ["large gzip", gzipMember(LARGE), LARGE, "gzip"],
    ["several members", Buffer.concat([gzipMember(SMALL), gzipMember(LARGE)]), Buffer.concat([SMALL, LARGE]), "gzip"],
    ["zstd", storedZstdFrame(SMALL), SMALL, "zstd"],
    ["no compression", SMALL, SMALL, "none"],
    ["much without compression", LARGE, LARGE, "none"],
    ["nothing at all", Buffer.alloc(0), Buffer.alloc(0), "none"],
  ])("%s", async (_, blob, content, compression) => {
    for (const chunkSize of [blob.length > 1000 ? 4321 : 1, 65_536, blob.length + 1]) {
      const threads = open();
      const layer = threads.inflate(inChunks(blob, chunkSize), request());
      expect((await collect(layer.content)).equals(content)).toBe(true);
      expect(await layer.facts).toEqual({ digest: digestOf(content), size: content.length, compression });
      await expect.poll(() => threads.inUse()).toEqual(IDLE);
    }
  });

  test("to be measured alone, without a reader", async () => {
    const threads = open();
    const layer = threads.inflate(inChunks(gzipMember(LARGE), 65_536), request({ output: "measured" }));
    expect(await layer.facts).toEqual({ digest: digestOf(LARGE), size: LARGE.length, compression: "gzip" });
    expect(await collect(layer.content)).toEqual(Buffer.alloc(0));
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test("and only measured further, when its reader stops early", async () => {
    const threads = open();
    const known = request({ knownDigest: digestOf(LARGE) });
    const layer = threads.inflate(inChunks(gzipMember(LARGE), 65_536), known);
    for await (const _ of layer.content) break;
    expect(await layer.facts).toMatchObject({ digest: digestOf(LARGE), size: LARGE.length });
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test("and its digest not guessed, when its reader stops early who may have had to compute it", async () => {
    const threads = open();
    const layer = threads.inflate(inChunks(gzipMember(LARGE), 65_536), request());
    for await (const _ of layer.content) break;
    const digest = await layer.facts.then(
      (facts) => facts.digest,
      (error: unknown) => (error as CodedError).code,
    );
    expect(digest).toBe(threads.inflaters === 1 ? "thread-failed" : digestOf(LARGE));
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test("without another look at a digest that is known", async () => {
    const layer = open().inflate(inChunks(gzipMember(SMALL), 5), request({ knownDigest: OTHER_DIGEST }));
    await collect(layer.content);
    expect(await layer.facts).toEqual({ digest: OTHER_DIGEST, size: SMALL.length, compression: "gzip" });
  });

  test("beside others, which come in any order", async () => {
    const threads = open();
    const contents = Array.from({ length: 9 }, (_, index) => Buffer.alloc(6_000_000, `layer ${index} `));
    const layers = contents.map((content) => threads.inflate(inChunks(gzipMember(content), 65_536), request()));
    for (const [index, layer] of [...layers.entries()].reverse()) {
      expect((await collect(layer.content)).equals(contents[index]!)).toBe(true);
      expect((await layer.facts).digest).toBe(digestOf(contents[index]!));
    }
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });
});

describeThreads("what goes wrong is told", (open) => {
  /** The blob, which counts whether it was read to its end, where it throws what it is given. */
  function watched(blob: Uint8Array, failure?: Error) {
    const state = { isReadToEnd: false };
    async function* chunks() {
      yield* inChunks(blob, 100_000);
      state.isReadToEnd = true;
      if (failure) throw failure;
    }
    return { state, chunks: chunks() };
  }

  const damaged = Buffer.from(gzipMember(LARGE));
  damaged.fill(0xff, 50_000, 50_100);
  const cases: readonly (readonly [string, Uint8Array, number, string])[] = [
    ["a damaged layer", damaged, 1e9, "layer-corrupt"],
    ["a layer that breaks off", gzipMember(LARGE).subarray(0, 1_000_000), 1e9, "layer-corrupt"],
    ["data behind the end", Buffer.concat([gzipMember(LARGE), SMALL]), 1e9, "layer-trailing-data"],
    ["a compression of old", Buffer.from("BZh91AY&SY and so on"), 1e9, "layer-compression-unsupported"],
    ["too much", gzipMember(LARGE), 2_000_000, "layer-too-large"],
  ];

  test.each(cases)("%s, after the blob was read to its end", async (_, blob, sizeLimit, code) => {
    for (const output of ["streamed", "measured"] as const) {
      const threads = open();
      const { state, chunks } = watched(blob);
      const layer = threads.inflate(chunks, request({ sizeLimit, output }));
      const content = collect(layer.content);
      const error = await layer.facts.then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(CodedError);
      expect(error).toMatchObject({ code, message: expect.stringMatching(/\.$/) });
      expect(state.isReadToEnd).toBe(true);
      // It ends, be it early.
      await content;
      await expect.poll(() => threads.inUse()).toEqual(IDLE);
    }
  });

  test("with its cause", async () => {
    const blob = Buffer.concat([gzipMember(SMALL).subarray(0, 10), Buffer.from([0x07])]);
    const layer = open().inflate(inChunks(blob, 100), request({ output: "measured" }));
    await expect(layer.facts).rejects.toMatchObject({ cause: { message: "invalid block type" } });
  });

  test.each(cases)("%s, unless the blob is not what its digest says", async (_, blob, sizeLimit) => {
    const mismatch = new CodedError("digest-mismatch", "The blob has other content.");
    const threads = open();
    const layer = threads.inflate(watched(blob, mismatch).chunks, request({ sizeLimit }));
    const content = collect(layer.content);
    await expect(layer.facts).rejects.toBe(mismatch);
    await content;
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test.each([0, 10, 1_000_000])("a blob that fails after %d bytes", async (count) => {
    const failure = new Error("no network");
    const threads = open();
    const layer = threads.inflate(watched(gzipMember(LARGE).subarray(0, count), failure).chunks, request());
    await expect(layer.facts).rejects.toBe(failure);
    await collect(layer.content);
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });
});

describeThreads("a layer that waits for its reader", (open) => {
  test("keeps none of the others", async () => {
    const threads = open();
    const waiting = threads.inflate(inChunks(gzipMember(LARGE), 65_536), request());
    const others = Array.from({ length: 4 }, () =>
      threads.inflate(inChunks(gzipMember(SMALL), 10), request({ output: "measured" })),
    );
    for (const { facts } of others) expect((await facts).digest).toBe(digestOf(SMALL));
    expect((await collect(waiting.content)).equals(LARGE)).toBe(true);
  });
});
