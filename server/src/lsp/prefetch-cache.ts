import { type Digest, isDigest } from "../oci/digest.ts";
import type { Prefetch } from "../pins/run.ts";
import type { PrefetchedImage, PrefetchRequest } from "../prefetch/prefetch.ts";
import { createSharedWork } from "../registry/shared-work.ts";
import type { KnownHash } from "./features/known-hash.ts";

/** Computed hashes. They depend on nothing but what is asked, so that none ever grows stale. */
export interface PrefetchCache {
  /** `prefetch`, asked only for what is neither known nor under way; `limit` answers are kept. */
  through(prefetch: AbortablePrefetch, limit: number, signal: AbortSignal): Prefetch;
  /** What was computed for whom. */
  hashes(): readonly KnownHash[];
  /** Bytes of the archive of a digest that was computed; null when none was. */
  archiveSizeOf(digest: Digest): number | null;
  clear(): void;
}

export type AbortablePrefetch = (
  request: PrefetchRequest,
  onProgress: Parameters<Prefetch>[1],
  signal: AbortSignal,
) => Promise<PrefetchedImage>;

interface Answer {
  readonly request: PrefetchRequest;
  readonly image: PrefetchedImage;
}

export function createPrefetchCache(): PrefetchCache {
  const known = new Map<string, Answer>();
  const shared = createSharedWork<PrefetchedImage>();
  return {
    through: (prefetch, limit, signal) => async (request, onProgress) => {
      const key = keyOf(request);
      const hit = known.get(key);
      if (hit !== undefined) return hit.image;
      const image = await shared.join(key, { signal }, (options) =>
        prefetch(request, onProgress, options.signal ?? signal),
      );
      if (isDigest(request.reference)) known.set(key, { request, image });
      for (const oldest of known.keys()) {
        if (known.size <= limit) break;
        known.delete(oldest);
      }
      return image;
    },
    hashes: () =>
      [...known.values()].map(({ request, image }) => ({
        imageDigest: image.digest,
        finalImageName: request.finalImageName,
        finalImageTag: request.finalImageTag,
        hash: image.archiveDigest,
      })),
    archiveSizeOf: (digest) =>
      [...known.values()].find(({ request, image }) => image.digest === digest && request.format !== "nix2container")
        ?.image.archiveSize ?? null,
    clear: () => known.clear(),
  };
}

/** The registry plays no part for a digest, but equal digests of two registries may be reached differently. */
function keyOf(request: PrefetchRequest): string {
  const { target, reference, platform, format = "docker-archive", finalImageName, finalImageTag } = request;
  const { registry, path } = target.repository;
  const { os, architecture } = platform;
  return JSON.stringify([registry, path, reference, os, architecture, format, finalImageName, finalImageTag]);
}
