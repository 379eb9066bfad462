import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader } from "../../../server/src/archive/byte-reader.ts";
import { inChunks } from "../../support/read-layer.ts";

const BYTES = Uint8Array.from({ length: 60 }, (_, index) => index);

test("any sequence of readings sees the bytes in their order, however they are cut", async () => {
  const step = fc.record({ kind: fc.constantFrom("peek", "take", "skip", "available"), count: fc.nat({ max: 20 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 10 }), fc.integer({ min: 1, max: 70 }), async (steps, chunkSize) => {
      const reader = new ByteReader(inChunks(BYTES, chunkSize));
      let at = 0;
      for (const { kind, count } of steps) {
        const left = BYTES.length - at;
        if (kind === "peek") {
          expect([...(await reader.peek(count))]).toEqual([...BYTES.subarray(at, at + count)]);
        } else if (kind === "take") {
          const taken = await reader.take(count);
          expect(taken && [...taken]).toEqual(count > left ? null : [...BYTES.subarray(at, at + count)]);
          at += Math.min(count, left);
        } else if (kind === "skip") {
          expect(await reader.skip(count)).toBe(count <= left);
          at += Math.min(count, left);
        } else {
          const bytes = await reader.available();
          expect([...bytes]).toEqual([...BYTES.subarray(at, at + bytes.length)]);
          expect(bytes.length > 0).toBe(left > 0);
          reader.consume(Math.min(count, bytes.length));
          at += Math.min(count, bytes.length);
        }
      }
      expect(await reader.atEnd()).toBe(at === BYTES.length);
    }),
  );
});

test("what was taken stays when the source overwrites its chunk", async () => {
  const reader = new ByteReader(inChunks(BYTES, 10));
  const taken = await reader.take(5);
  await reader.skip(20);
  expect([...taken!]).toEqual([0, 1, 2, 3, 4]);
});

test("chunks without bytes are not the end", async () => {
  async function* withGaps() {
    yield new Uint8Array(0);
    yield BYTES.subarray(0, 1);
    yield new Uint8Array(0);
    yield BYTES.subarray(1, 2);
  }
  const reader = new ByteReader(withGaps());
  expect([...(await reader.peek(2))]).toEqual([0, 1]);
  expect(await reader.skip(2)).toBe(true);
  expect(await reader.atEnd()).toBe(true);
});

test("closing ends the source", async () => {
  let ended = false;
  async function* source() {
    try {
      yield BYTES;
    } finally {
      ended = true;
    }
  }
  const reader = new ByteReader(source());
  await reader.available();
  await reader.close();
  expect(ended).toBe(true);
});
