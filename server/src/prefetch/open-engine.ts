import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { CacheStore } from "../base/cache-store.ts";
import type { Log } from "../base/log.ts";
import { createPrefetchEngine, type PrefetchEngine } from "./engine.ts";
import { inflatersFor, startThreads, THREAD_BUNDLE } from "./threads/start-threads.ts";

/** Bytes of downloads that may wait in memory, unless the user says otherwise. */
export const DEFAULT_DOWNLOAD_MEMORY = 256_000_000;

export interface OpenEngine {
  /** Where the build puts the bundle of the threads. */
  readonly folder: string;
  /** Bytes. */
  readonly downloadMemory?: number;
  readonly cache: CacheStore;
  readonly log: Log;
}

/** An engine with as many threads as this machine has use for; they start when they are first needed. */
export function openPrefetchEngine({ folder, cache, log, ...options }: OpenEngine): PrefetchEngine {
  const { downloadMemory = DEFAULT_DOWNLOAD_MEMORY } = options;
  const inflaters = inflatersFor(availableParallelism());
  const threads = startThreads({ file: join(folder, THREAD_BUNDLE), inflaters, log });
  return createPrefetchEngine({ threads, downloadMemory, cache });
}
