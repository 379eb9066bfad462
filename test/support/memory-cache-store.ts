import type { CacheKind, CacheStore } from "../../server/src/base/cache-store.ts";

/** A store without a disk, in which a test may look and change what is there. */
export interface MemoryCacheStore extends CacheStore {
  /** By kind and key, with a space between them. */
  readonly entries: Map<string, Uint8Array>;
}

export function memoryCacheStore(): MemoryCacheStore {
  const entries = new Map<string, Uint8Array>();
  const nameOf = (kind: CacheKind, key: string) => `${kind} ${key}`;
  return {
    entries,
    read: async (kind, key) => entries.get(nameOf(kind, key)) ?? null,
    write: async (kind, key, value) => {
      entries.set(nameOf(kind, key), Buffer.from(value));
    },
  };
}
