import { createInflateRaw, deflateRawSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { ZlibEngine } from "../../../server/src/archive/zlib-engine.ts";

function engine(): ZlibEngine {
  const created = new ZlibEngine(createInflateRaw());
  onTestFinished(() => created.close());
  return created;
}

/** The output, copied piece by piece, and how many input bytes were used. */
function run(running: ZlibEngine, input: Uint8Array): { output: Buffer; used: number } {
  const pieces: Buffer[] = [];
  const results = running.decompress(input);
  let result = results.next();
  for (; !result.done; result = results.next()) pieces.push(Buffer.from(result.value));
  return { output: Buffer.concat(pieces), used: result.value };
}

const DATA = Buffer.from("some data ".repeat(50_000));
const DEFLATED = deflateRawSync(DATA);

describe("the number of bytes used tells where the compressed data ends", () => {
  test("all of them while it goes on", () => {
    const half = DEFLATED.subarray(0, DEFLATED.length / 2);
    expect(run(engine(), half).used).toBe(half.length);
  });

  test("fewer when something follows", () => {
    const { output, used } = run(engine(), Buffer.concat([DEFLATED, Buffer.from("rest")]));
    expect(output.equals(DATA)).toBe(true);
    expect(used).toBe(DEFLATED.length);
  });

  test("none once it has ended", () => {
    const running = engine();
    expect(run(running, DEFLATED).used).toBe(DEFLATED.length);
    expect(run(running, Buffer.from("rest"))).toEqual({ output: Buffer.alloc(0), used: 0 });
  });
});

test("output that fills the buffer exactly is followed by the rest", () => {
  for (const size of [262_143, 262_144, 262_145, 524_288]) {
    const data = Buffer.alloc(size, "x");
    expect(run(engine(), deflateRawSync(data)).output.equals(data)).toBe(true);
  }
});

test("after a reset other data is read", () => {
  const running = engine();
  run(running, DEFLATED);
  running.reset();
  expect(run(running, deflateRawSync(Buffer.from("other"))).output.toString()).toBe("other");
});

test("malformed data is thrown at once, with zlib's reason", () => {
  expect(() => run(engine(), Buffer.from([0x07]))).toThrow("invalid block type");
});

test("pieces are written into the memory that is given, and into the engine's own where there is none", () => {
  const memory = new Uint8Array(new SharedArrayBuffer(1000));
  const given = [memory.subarray(0, 600), null, memory.subarray(600)];
  const running = new ZlibEngine(createInflateRaw(), () => given.shift() ?? null);
  onTestFinished(() => running.close());
  const pieces: { length: number; isGiven: boolean; content: Buffer }[] = [];
  for (const piece of running.decompress(DEFLATED)) {
    pieces.push({ length: piece.length, isGiven: piece.buffer === memory.buffer, content: Buffer.from(piece) });
  }
  expect(Buffer.concat(pieces.map(({ content }) => content)).equals(DATA)).toBe(true);
  expect(pieces.slice(0, 3).map(({ isGiven }) => isGiven)).toEqual([true, false, true]);
  expect([pieces[0]?.length, pieces[2]?.length]).toEqual([600, 400]);
});
