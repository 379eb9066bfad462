import type { CacheStore } from "../base/cache-store.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { HashedArchive } from "./hashed-archive.ts";

/** Everything that the bytes of an archive depend on. */
export interface KnownImageKey {
  /** Of the manifest of one platform. */
  readonly platformDigest: Digest;
  readonly format: string;
  /** `name:tag`; empty where the format has none. */
  readonly finalReference: string;
}

export interface KnownImage extends HashedArchive {
  /** The digests of the uncompressed layers, where they were unpacked. */
  readonly layers: readonly Digest[];
}

/** What images were hashed to. */
export interface KnownImages {
  find(key: KnownImageKey): Promise<KnownImage | null>;
  learn(key: KnownImageKey, image: KnownImage): Promise<void>;
}

export function createKnownImages(cache: CacheStore): KnownImages {
  return {
    async find(key) {
      return readImage(await cache.read("image", nameOf(key)));
    },
    async learn(key, { digest, size, layers }) {
      await cache.write("image", nameOf(key), Buffer.from(JSON.stringify({ digest, size, layers })));
    },
  };
}

function nameOf({ platformDigest, format, finalReference }: KnownImageKey): string {
  return JSON.stringify([platformDigest, format, finalReference]);
}

function readImage(bytes: Uint8Array | null): KnownImage | null {
  if (bytes === null) return null;
  const { digest, size, layers }: Record<string, unknown> = JSON.parse(Buffer.from(bytes).toString("utf8"));
  if (typeof digest !== "string" || !isDigest(digest) || !Number.isSafeInteger(size) || !isDigests(layers)) return null;
  return { digest, size: Number(size), layers };
}

function isDigests(value: unknown): value is Digest[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string" && isDigest(item));
}
