import { expect, test } from "vitest";
import { digestOf } from "../../../../server/src/oci/digest.ts";
import { gzipMember } from "../../../support/images/gzip.ts";
import { randomBytes } from "../../../support/images/random.ts";
import { collect, inChunks } from "../../../support/read-layer.ts";
import { describeThreads, IDLE, request, stalled } from "./threads-under-test.ts";

const CONTENT = Buffer.concat([Buffer.alloc(20_000_000, "text "), randomBytes(1, 100_000)]);
const BLOB = gzipMember(CONTENT);
const ENOUGH = new Error("enough");

describeThreads("an abort ends the work with its reason and leaves nothing in use", (open) => {
  test("before it begins: the blob is not read", async () => {
    const threads = open();
    let isRead = false;
    async function* blob() {
      isRead = true;
      yield BLOB;
    }
    const layer = threads.inflate(blob(), request({ signal: AbortSignal.abort(ENOUGH) }));
    await expect(layer.facts).rejects.toBe(ENOUGH);
    expect(await collect(layer.content)).toEqual(Buffer.alloc(0));
    expect(isRead).toBe(false);
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test.each(["streamed", "measured"] as const)("while the blob comes in, %s", async (output) => {
    const threads = open();
    const stop = new AbortController();
    const layer = threads.inflate(
      stalled(BLOB.subarray(0, 5000), stop.signal),
      request({ signal: stop.signal, output }),
    );
    const content = collect(layer.content);
    stop.abort(ENOUGH);
    await expect(layer.facts).rejects.toBe(ENOUGH);
    await content;
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test("while the unpacking waits for a reader that never comes", async () => {
    const threads = open();
    const stop = new AbortController();
    let isClosed = false;
    async function* blob() {
      try {
        for (;;) yield* inChunks(BLOB, 65_536);
      } finally {
        isClosed = true;
      }
    }
    const layer = threads.inflate(blob(), request({ signal: stop.signal }));
    await new Promise(setImmediate);
    stop.abort(ENOUGH);
    await expect(layer.facts).rejects.toBe(ENOUGH);
    await expect.poll(() => ({ ...threads.inUse(), isClosed })).toEqual({ ...IDLE, isClosed: true });
    expect(await collect(layer.content)).toEqual(Buffer.alloc(0));
  });

  test("while little unpacks to very much", async () => {
    const threads = open();
    const stop = new AbortController();
    const bomb = gzipMember(Buffer.alloc(200_000_000), { level: 1 });
    const layer = threads.inflate(stalled(bomb, stop.signal), request({ signal: stop.signal, output: "measured" }));
    await new Promise(setImmediate);
    stop.abort(ENOUGH);
    await expect(layer.facts).rejects.toBe(ENOUGH);
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test("while the caller reads", async () => {
    const threads = open();
    const stop = new AbortController();
    const layer = threads.inflate(inChunks(BLOB, 1000), request({ signal: stop.signal }));
    let pieces = 0;
    for await (const _ of layer.content) {
      if (++pieces === 2) stop.abort(ENOUGH);
    }
    expect(pieces).toBeLessThan(20);
    await expect(layer.facts).rejects.toBe(ENOUGH);
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test("while a hash reads", async () => {
    const threads = open();
    const stop = new AbortController();
    const hash = threads.openArchiveHash();
    const layer = threads.inflate(stalled(BLOB.subarray(0, 5000), stop.signal), request({ signal: stop.signal }));
    const appended = hash.appendLayer(layer);
    stop.abort(ENOUGH);
    await expect(layer.facts).rejects.toBe(ENOUGH);
    expect(await appended).toBeLessThan(20_100_000);
    hash.close();
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test("when all is unpacked and nobody has read it", async () => {
    const threads = open();
    const stop = new AbortController();
    const known = request({ signal: stop.signal, knownDigest: digestOf(Buffer.from("small")) });
    const layer = threads.inflate(inChunks(gzipMember(Buffer.from("small")), 10), known);
    await layer.facts;
    stop.abort(ENOUGH);
    expect(await collect(layer.content)).toEqual(Buffer.alloc(0));
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });
});

describeThreads("what was aborted", (open) => {
  test("does not get into what goes on", async () => {
    const threads = open();
    for (let round = 0; round < 10; round++) {
      const stop = new AbortController();
      const aborted = threads.inflate(inChunks(BLOB, 10_000), request({ signal: stop.signal }));
      const whole = threads.inflate(inChunks(BLOB, 65_536), request());
      const reading = collect(whole.content);
      const pieces = aborted.content[Symbol.asyncIterator]();
      await pieces.next();
      stop.abort(ENOUGH);
      await expect(aborted.facts).rejects.toBe(ENOUGH);
      expect((await reading).equals(CONTENT)).toBe(true);
      await pieces.return?.();
    }
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });
});
