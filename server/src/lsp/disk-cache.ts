import type { CacheStore } from "../base/cache-store.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { type CacheFolder, openCacheFolder } from "../files/cache-folder.ts";

/** What is kept between sessions, as the setting allows. */
export interface DiskCache extends CacheStore {
  /** Throws `cache-unusable`. */
  clear(): Promise<void>;
}

interface Parts {
  readonly folder: string;
  /** Bytes of disk; 0 for nothing at all, so that what is there is removed. */
  readonly sizeLimit: () => Promise<number>;
  readonly clock: Clock;
  readonly log: Log;
}

export function createDiskCache({ folder, sizeLimit, clock, log }: Parts): DiskCache {
  let current: { readonly limit: number; readonly cache: CacheFolder | null } | null = null;

  /** The folder under the limit that holds now; null when nothing may be kept. */
  const cacheNow = async (): Promise<CacheFolder | null> => {
    const limit = await sizeLimit();
    if (current?.limit === limit) return current.cache;
    const cache = openCacheFolder({ folder, sizeLimit: limit, log, clock });
    current = { limit, cache: limit === 0 ? null : cache };
    if (limit === 0) await cache.clear();
    return current.cache;
  };

  return {
    read: async (kind, key) => (await (await cacheNow())?.read(kind, key)) ?? null,
    write: async (kind, key, value) => (await cacheNow())?.write(kind, key, value),
    clear: () => openCacheFolder({ folder, sizeLimit: 0, log, clock }).clear(),
  };
}
