import { LAYER_COMPRESSIONS, type LayerCompression } from "../archive/layer-compression.ts";
import type { CacheStore } from "../base/cache-store.ts";
import { keepLatest } from "../base/keep-latest.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { LayerFacts } from "./threads/threads.ts";

/** What blobs were found to unpack to. */
export interface KnownLayers {
  find(blob: Digest): Promise<LayerFacts | null>;
  /** Only of blobs that were verified. */
  learn(blob: Digest, facts: LayerFacts): Promise<void>;
  /** Forgets what is in memory. */
  forget(): void;
}

const LAYERS_KEPT = 10_000;

/** Kept in memory, and in the cache. */
export function createKnownLayers(cache: CacheStore): KnownLayers {
  const known = new Map<Digest, LayerFacts>();
  return {
    forget: () => known.clear(),
    async find(blob) {
      const facts = known.get(blob) ?? readFacts(await cache.read("layer", blob));
      if (facts !== null) keepLatest(known, LAYERS_KEPT, blob, facts);
      return facts;
    },
    async learn(blob, facts) {
      keepLatest(known, LAYERS_KEPT, blob, facts);
      const { digest, size, compression } = facts;
      await cache.write("layer", blob, Buffer.from(JSON.stringify({ digest, size, compression })));
    },
  };
}

function readFacts(bytes: Uint8Array | null): LayerFacts | null {
  if (bytes === null) return null;
  const { digest, size, compression }: Record<string, unknown> = JSON.parse(Buffer.from(bytes).toString("utf8"));
  if (typeof digest !== "string" || !isDigest(digest) || !isCompression(compression)) return null;
  return Number.isSafeInteger(size) ? { digest, size: Number(size), compression } : null;
}

function isCompression(value: unknown): value is LayerCompression {
  return LAYER_COMPRESSIONS.some((compression) => compression === value);
}
