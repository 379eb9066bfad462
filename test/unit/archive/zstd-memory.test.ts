import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { createPortableZstdDecoder } from "../../../server/src/archive/zstd-decoder.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("the portable decoder keeps nothing of the blocks that it has decoded, in the middle of a frame", async () => {
  const decoder = createPortableZstdDecoder();
  const blocks: WeakRef<ArrayBuffer>[] = [];
  // A window of 128 KiB, no checksum, no content size.
  decoder.startFrame(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x38]));
  const length = 100_000;
  for (let block = 0; block < 50; block++) {
    const bytes = new Uint8Array(3 + length);
    bytes.set([(length << 3) & 0xff, (length >> 5) & 0xff, length >> 13]);
    blocks.push(new WeakRef(bytes.buffer));
    expect([...decoder.decodeBlock(bytes)].map((piece) => piece.length)).toEqual([length]);
  }
  // What was looked at in this turn lives until it ends.
  await setImmediate();
  collectGarbage();
  // The last one may be in hands.
  expect(blocks.filter((block) => block.deref() !== undefined).length).toBeLessThanOrEqual(1);
});
