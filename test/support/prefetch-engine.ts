import { join, resolve } from "node:path";
import { type CacheStore, noCache } from "../../server/src/base/cache-store.ts";
import { silentLog } from "../../server/src/base/log.ts";
import { digestOf } from "../../server/src/oci/digest.ts";
import { createPrefetchEngine, type PrefetchEngine } from "../../server/src/prefetch/engine.ts";
import { type GuessLayer, guessFromClaims } from "../../server/src/prefetch/layer-guesses.ts";
import { startThreads } from "../../server/src/prefetch/threads/start-threads.ts";
import { threadsInProcess } from "../../server/src/prefetch/threads/threads-in-process.ts";

const THREAD_FILE = join(resolve(import.meta.dirname, "..", ".."), "dist", "prefetch-thread.js");

const DOWNLOAD_MEMORY = 16 * 1024 * 1024;

/** An engine that does everything in the thread of the test. */
export function engineInProcess(cache: CacheStore = noCache, downloadMemory = DOWNLOAD_MEMORY): PrefetchEngine {
  return createPrefetchEngine({ threads: threadsInProcess(), cache, downloadMemory });
}

/** Engines of one test file share its threads, which take time to start, and nothing else. They end with the process. */
const threads = startThreads({ file: THREAD_FILE, inflaters: 2, log: silentLog });

/** An engine as users have it, with the threads that were built. */
export function engineWithThreads(cache: CacheStore = noCache): PrefetchEngine {
  return { ...createPrefetchEngine({ threads, cache, downloadMemory: DOWNLOAD_MEMORY }), close: async () => {} };
}

/** Guesses that are all wrong, each in its way. */
export const WRONG_GUESSES: Readonly<Record<string, GuessLayer>> = {
  "another digest": async (claims) => ({ digest: digestOf(claims.head), size: (await sizeOf(claims)) ?? 1 }),
  "a larger size": async (claims) => ({ digest: wrongFor(claims), size: ((await sizeOf(claims)) ?? 0) + 512 }),
  "a smaller size": async (claims) => ({ digest: wrongFor(claims), size: 0 }),
  "that of another layer": async () => ({ digest: digestOf(Buffer.from("always the same")), size: 1024 }),
};

async function sizeOf(claims: Parameters<GuessLayer>[0]): Promise<number | null> {
  return (await guessFromClaims(claims))?.size ?? null;
}

function wrongFor({ blob }: Parameters<GuessLayer>[0]) {
  return digestOf(Buffer.from(blob.digest));
}
