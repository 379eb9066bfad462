import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type Digest, digestOf } from "../../../../server/src/oci/digest.ts";
import type { ObservableThreads } from "../../../../server/src/prefetch/threads/create-threads.ts";
import type { InflatedLayer } from "../../../../server/src/prefetch/threads/threads.ts";
import { gzipMember } from "../../../support/images/gzip.ts";
import { randomBytes } from "../../../support/images/random.ts";
import { inChunks } from "../../../support/read-layer.ts";
import { describeThreads, IDLE, request } from "./threads-under-test.ts";

const HEAD = Buffer.from("head");
const TAIL = Buffer.from("tail");
const LAYER = Buffer.concat([randomBytes(1, 2_000_000), Buffer.alloc(5_000_000, "text "), randomBytes(2, 100_000)]);
const BLOB = gzipMember(LAYER);

const hashOf = (...parts: readonly Uint8Array[]) => ({
  digest: digestOf(Buffer.concat(parts)),
  size: parts.reduce((sum, part) => sum + part.length, 0),
});

function inflate(threads: ObservableThreads, blob: Uint8Array = BLOB, knownDigest?: Digest): InflatedLayer {
  return threads.inflate(inChunks(blob, 65_536), request({ knownDigest: knownDigest ?? null }));
}

describeThreads("an archive is hashed", (open) => {
  test("from bytes and layers in their order", async () => {
    const threads = open();
    const hash = threads.openArchiveHash();
    await hash.append(HEAD);
    const layer = inflate(threads);
    expect(await hash.appendLayer(layer)).toBe(LAYER.length);
    await hash.append(TAIL);
    expect(hash.size).toBe(HEAD.length + LAYER.length + TAIL.length);
    expect(await hash.digest()).toEqual(hashOf(HEAD, LAYER, TAIL));
    expect(await layer.facts).toEqual({ digest: digestOf(LAYER), size: LAYER.length, compression: "gzip" });
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test("of bytes that the caller uses again", async () => {
    const hash = open().openArchiveHash();
    const bytes = Buffer.from("first");
    await hash.append(bytes);
    bytes.write("later");
    await hash.append(bytes);
    expect(await hash.digest()).toEqual(hashOf(Buffer.from("firstlater")));
  });

  test("of nothing", async () => {
    expect(await open().openArchiveHash().digest()).toEqual(hashOf());
  });

  test("from a layer that was unpacked elsewhere", async () => {
    const hash = open().openArchiveHash();
    const elsewhere: InflatedLayer = {
      facts: Promise.resolve({ digest: digestOf(LAYER), size: LAYER.length, compression: "none" }),
      content: inChunks(LAYER, 300_000),
    };
    expect(await hash.appendLayer(elsewhere)).toBe(LAYER.length);
    expect(await hash.digest()).toEqual(hashOf(LAYER));
  });

  test("beside others", async () => {
    const threads = open();
    const archives = Array.from({ length: 5 }, async (_, index) => {
      const hash = threads.openArchiveHash();
      const head = randomBytes(index, 100);
      for (let layer = 0; layer < 3; layer++) {
        await hash.append(head);
        await hash.appendLayer(inflate(threads));
      }
      expect(await hash.digest()).toEqual(hashOf(head, LAYER, head, LAYER, head, LAYER));
    });
    await Promise.all(archives);
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test("as far as a layer gets that is damaged", async () => {
    const threads = open();
    const hash = threads.openArchiveHash();
    const layer = inflate(threads, BLOB.subarray(0, 1_500_000));
    const size = await hash.appendLayer(layer);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(LAYER.length);
    await expect(layer.facts).rejects.toMatchObject({ code: "layer-corrupt" });
    expect(await hash.digest()).toEqual(hashOf(LAYER.subarray(0, size)));
  });
});

describeThreads("a state", (open) => {
  test("is restored, as often as wanted, by the same hash or another", async () => {
    const threads = open();
    const hash = threads.openArchiveHash();
    await hash.append(HEAD);
    const state = hash.save();
    expect(state.size).toBe(HEAD.length);
    await hash.appendLayer(inflate(threads));
    hash.restore(state);
    expect(hash.size).toBe(HEAD.length);
    await hash.append(TAIL);
    const other = threads.openArchiveHash();
    other.restore(state);
    await other.appendLayer(inflate(threads));
    expect(await hash.digest()).toEqual(hashOf(HEAD, TAIL));
    expect(await other.digest()).toEqual(hashOf(HEAD, LAYER));
    expect(threads.has(state)).toBe(true);
  });

  test("outlives its hash", async () => {
    const threads = open();
    const hash = threads.openArchiveHash();
    await hash.append(HEAD);
    const state = hash.save();
    hash.close();
    const other = threads.openArchiveHash();
    other.restore(state);
    expect(await other.digest()).toEqual(hashOf(HEAD));
  });

  test("is gone when it is forgotten", () => {
    const threads = open();
    const state = threads.openArchiveHash().save();
    threads.forget(state);
    expect(threads.has(state)).toBe(false);
    expect(() => threads.openArchiveHash().restore(state)).toThrow("lost");
    threads.forget(state);
  });

  test("makes room, when there are too many, for newer ones", async () => {
    const threads = open();
    const hash = threads.openArchiveHash();
    await hash.append(HEAD);
    const states = Array.from({ length: 5000 }, () => hash.save());
    expect(threads.has(states[0]!)).toBe(false);
    expect(threads.has(states.at(-1)!)).toBe(true);
    hash.restore(states.at(-1)!);
    expect(await hash.digest()).toEqual({
      size: 4,
      digest: `sha256:${createHash("sha256").update("head").digest("hex")}`,
    });
  });

  test("is not another's", () => {
    expect(open().has(open().openArchiveHash().save())).toBe(false);
  });
});

describeThreads("a hash that is closed", (open) => {
  test("leaves the layer that it reads, which is measured", async () => {
    const threads = open();
    const hash = threads.openArchiveHash();
    const layer = inflate(threads, BLOB, digestOf(LAYER));
    const appended = hash.appendLayer(layer);
    hash.close();
    hash.close();
    expect(await appended).toBeLessThanOrEqual(LAYER.length);
    expect((await layer.facts).size).toBe(LAYER.length);
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test("is nothing new after its digest", async () => {
    const hash = open().openArchiveHash();
    await hash.digest();
    hash.close();
  });
});
