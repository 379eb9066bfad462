import type { CacheStore } from "../base/cache-store.ts";
import type { DownloadBudget } from "./blob-downloads.ts";
import { createDownloadBudget } from "./download-budget.ts";
import { createKnownImages, type KnownImages } from "./known-images.ts";
import { createKnownLayers, type KnownLayers } from "./known-layers.ts";
import { createLayerPrefixes, type LayerPrefixes } from "./layer-prefixes.ts";
import type { Threads } from "./threads/threads.ts";

/** What all prefetches of a process share. Close it to end its threads. */
export interface PrefetchEngine {
  readonly threads: Threads;
  readonly downloads: DownloadBudget;
  readonly prefixes: LayerPrefixes;
  readonly knownLayers: KnownLayers;
  readonly knownImages: KnownImages;
  /** Forgets what is in memory. */
  forget(): void;
  close(): Promise<void>;
}

export interface PrefetchEngineOptions {
  readonly threads: Threads;
  /** Bytes of downloads that may wait in memory, in all. */
  readonly downloadMemory: number;
  readonly cache: CacheStore;
}

export function createPrefetchEngine({ threads, downloadMemory, cache }: PrefetchEngineOptions): PrefetchEngine {
  const prefixes = createLayerPrefixes(threads);
  const knownLayers = createKnownLayers(cache);
  return {
    ...{ threads, prefixes, knownLayers },
    downloads: createDownloadBudget({ memory: downloadMemory }),
    knownImages: createKnownImages(cache),
    forget() {
      prefixes.forget();
      knownLayers.forget();
    },
    close: () => threads.close(),
  };
}
