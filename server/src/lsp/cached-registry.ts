import type { Clock } from "../base/clock.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { printRepository, type Tag } from "../oci/reference.ts";
import type { FetchedManifest, ManifestHead, RegistryClient, RegistryTarget } from "../registry/client.ts";
import { createSharedWork } from "../registry/shared-work.ts";

/** A registry client that asks each question once while the answer is young. */
export interface CachedRegistry extends RegistryClient {
  /** The next question about a tag or digest of the repository goes to the registry. */
  forget(target: RegistryTarget): void;
  clear(): void;
}

/** Milliseconds for which a registry's word on a tag, or on having a digest, is taken. */
const HEAD_LIFETIME = 5 * 60_000;
/** As above, on which tags there are. */
const TAGS_LIFETIME = 60 * 60_000;
const HEADS_KEPT = 5_000;
const TAG_LISTS_KEPT = 50;
const MANIFESTS_KEPT = 200;
/** Bytes. */
const LARGEST_MANIFEST_KEPT = 256 * 1024;

/** What a manifest's digest names never changes, so manifests are kept for as long as there is room. Failures are not kept. */
export function cacheRegistry(registry: RegistryClient, clock: Clock): CachedRegistry {
  const heads = new Map<string, { readonly head: ManifestHead; readonly until: number }>();
  const manifests = new Map<string, FetchedManifest>();
  const tagLists = new Map<string, { readonly pages: readonly (readonly Tag[])[]; readonly until: number }>();
  const headWork = createSharedWork<ManifestHead>();
  const manifestWork = createSharedWork<FetchedManifest>();

  return {
    async resolve(target, reference, options = {}) {
      const key = keyOf(target, reference);
      const known = heads.get(key);
      if (known !== undefined && clock.now() < known.until) return known.head;
      const head = await headWork.join(key, options, (shared) => registry.resolve(target, reference, shared));
      keep(heads, HEADS_KEPT, key, { head, until: clock.now() + HEAD_LIFETIME });
      return head;
    },
    async manifest(target, reference, options = {}) {
      const key = keyOf(target, reference);
      const known = manifests.get(key);
      if (known !== undefined) return known;
      const manifest = await manifestWork.join(key, options, (shared) => registry.manifest(target, reference, shared));
      if (isDigest(reference) && manifest.size <= LARGEST_MANIFEST_KEPT) {
        keep(manifests, MANIFESTS_KEPT, key, manifest);
      }
      return manifest;
    },
    blob: (target, descriptor, options) => registry.blob(target, descriptor, options),
    blobEnd: (target, descriptor, count, options) => registry.blobEnd(target, descriptor, count, options),
    async *tags(target, limit, options) {
      const key = `${prefixOf(target)}${limit}`;
      const known = tagLists.get(key);
      if (known !== undefined && clock.now() < known.until) {
        yield* known.pages;
        return;
      }
      const pages: (readonly Tag[])[] = [];
      for await (const page of registry.tags(target, limit, options)) {
        pages.push(page);
        yield page;
      }
      // Only of a list that was read to its end.
      keep(tagLists, TAG_LISTS_KEPT, key, { pages, until: clock.now() + TAGS_LIFETIME });
    },
    close: () => registry.close(),
    forget(target) {
      const prefix = prefixOf(target);
      for (const known of [heads, tagLists]) {
        for (const key of known.keys()) if (key.startsWith(prefix)) known.delete(key);
      }
    },
    clear() {
      heads.clear();
      manifests.clear();
      tagLists.clear();
    },
  };
}

function keyOf(target: RegistryTarget, reference: Tag | Digest): string {
  return `${prefixOf(target)}${reference}`;
}

function prefixOf({ tlsVerify, repository }: RegistryTarget): string {
  return `${tlsVerify} ${printRepository(repository)} `;
}

function keep<T>(map: Map<string, T>, limit: number, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= limit) return;
    map.delete(oldest);
  }
}
