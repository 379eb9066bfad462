import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, onTestFinished } from "vitest";
import { bundle } from "../../../../scripts/build.mjs";
import { silentLog } from "../../../../server/src/base/log.ts";
import type { ObservableThreads } from "../../../../server/src/prefetch/threads/create-threads.ts";
import { startThreads } from "../../../../server/src/prefetch/threads/start-threads.ts";
import type { InflateRequest } from "../../../../server/src/prefetch/threads/threads.ts";
import { threadsInProcess } from "../../../../server/src/prefetch/threads/threads-in-process.ts";

const MAIN = join(import.meta.dirname, "../../../../server/src/prefetch/threads/main.ts");

/** Builds what workers run into a folder of its own, for the tests of a file. Gives the folder when it is there. */
export function builtThread(): () => string {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "dockpin-thread-"));
    await bundle({ entryPoints: { thread: MAIN }, outdir: folder });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}

/** The same tests for all kinds of threads. `open` gives new ones, which are closed after the test. */
export function describeThreads(title: string, tests: (open: () => ObservableThreads) => void): void {
  const folder = builtThread();
  describe.each([
    ["workers", () => startThreads({ file: join(folder(), "thread.js"), inflaters: 2, log: silentLog })],
    // Leaves digests to who reads.
    ["two workers", () => startThreads({ file: join(folder(), "thread.js"), inflaters: 1, log: silentLog })],
    ["the caller's thread", threadsInProcess],
  ])(`${title}, in %s`, (_, create) => {
    tests(() => {
      const threads = create();
      onTestFinished(() => threads.close());
      return threads;
    });
  });
}

export const IDLE = { channels: 0, calls: 0 };

export function request(fields: Partial<InflateRequest> = {}): InflateRequest {
  return { sizeLimit: 1e9, knownDigest: null, output: "streamed", signal: new AbortController().signal, ...fields };
}

/** A blob that stays open until `signal` aborts: its bytes, and then nothing. */
export async function* stalled(bytes: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
  await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}
