/** What is kept, each kind apart. Everything but a tag is named by content, so that it can't grow stale. */
export const CACHE_KINDS = ["image", "layer", "manifest", "config", "tag"] as const;
export type CacheKind = (typeof CACHE_KINDS)[number];

/**
 * Remembers what was learnt, across runs and processes. It may forget anything at any time, and gives nothing but what was
 * written under that key; what it can't read or write it logs and does without.
 */
export interface CacheStore {
  /** Null when nothing is known. */
  read(kind: CacheKind, key: string): Promise<Uint8Array | null>;
  write(kind: CacheKind, key: string, value: Uint8Array): Promise<void>;
}

/** Remembers nothing. */
export const noCache: CacheStore = {
  read: async () => null,
  write: async () => {},
};
