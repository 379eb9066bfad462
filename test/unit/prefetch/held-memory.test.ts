import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { Digest } from "../../../server/src/oci/digest.ts";
import { createBlobDownloads } from "../../../server/src/prefetch/blob-downloads.ts";
import type { BlobSource } from "../../../server/src/prefetch/blob-source.ts";
import { createDownloadBudget } from "../../../server/src/prefetch/download-budget.ts";

const PIECE = 64 * 1024;
const PIECES = 200;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("what was read is not held, however far the download is ahead of its reader all the time", async () => {
  const given: WeakRef<ArrayBuffer>[] = [];
  const blobs: BlobSource = {
    async *open() {
      for (let piece = 0; piece < PIECES; piece++) {
        const memory = new ArrayBuffer(PIECE);
        given.push(new WeakRef(memory));
        yield Buffer.from(memory);
      }
    },
    end: async () => null,
  };
  const blob = {
    mediaType: "layer",
    digest: `sha256:${"0".repeat(64)}` as Digest,
    size: PIECES * PIECE,
    urls: [],
    annotations: {},
  };
  const budget = createDownloadBudget({ memory: PIECES * PIECE });
  const downloads = createBlobDownloads({ blobs, budget, order: [blob], host: "registry.test", signal: undefined });
  const reader = downloads.read(blob)[Symbol.asyncIterator]();
  for (let piece = 0; piece < PIECES / 2; piece++) {
    await reader.next();
    // The source has its turn, so that the reader never empties what waits.
    await setImmediate();
  }
  collectGarbage();
  const alive = given.filter((memory) => memory.deref() !== undefined);
  // What waits, and what is in hands.
  expect(alive.length * PIECE).toBeLessThanOrEqual(budget.held + 3 * PIECE);
  expect(budget.held).toBeGreaterThan(PIECE);
  await downloads.close();
});
