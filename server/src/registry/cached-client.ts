import type { CacheStore } from "../base/cache-store.ts";
import type { Clock } from "../base/clock.ts";
import { keepLatest } from "../base/keep-latest.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { isConfigType } from "../oci/media-type.ts";
import { printRepository, type Tag } from "../oci/reference.ts";
import { decodeContent, decodeTagHead, encodeContent, encodeTagHead, type KnownHead } from "./cached-answers.ts";
import type { FetchedManifest, ManifestHead, RegistryClient, RegistryTarget } from "./client.ts";
import { createSharedWork } from "./shared-work.ts";

/** A registry client that asks each question once while the answer is young. */
export interface CachedClient extends RegistryClient {
  /** The next question about a tag or digest of the repository goes to the registry, whatever other processes know. */
  forget(target: RegistryTarget): void;
  /** As `forget`, of all repositories. */
  forgetAll(): void;
}

export interface CachedClientOptions {
  readonly clock: Clock;
  /** Where answers are kept beyond this client. */
  readonly store: CacheStore;
  /** Milliseconds for which a registry's word on a tag is taken; 0 to ask each time. */
  readonly tagLifetime: number;
  /** Names who answers for a target, and whom: what a tag means is kept for these alone. */
  readonly placeOf: (target: RegistryTarget) => Promise<string>;
}

/** Milliseconds for which a registry's word on having a digest is taken. */
const DIGEST_LIFETIME = 5 * 60_000;
/** As above, on which tags there are. */
const TAGS_LIFETIME = 60 * 60_000;
const HEADS_KEPT = 5_000;
const TAG_LISTS_KEPT = 50;
const CONTENTS_KEPT = 200;
/** Bytes of a manifest or config. */
const LARGEST_KEPT = 256 * 1024;

/**
 * Remembers manifests and image configs by digest, which never change, for as long as there is room; and for a while what
 * tags point to, which digests are there, and tag lists. Only manifests, configs and tags outlive the client. They are
 * known of the repository that they are from: another need not have them. Failures are not kept.
 */
export function cacheRegistry(registry: RegistryClient, options: CachedClientOptions): CachedClient {
  const { clock, store, tagLifetime, placeOf } = options;
  const heads = new Map<string, KnownHead>();
  const contents = new Map<string, FetchedManifest>();
  const tagLists = new Map<string, { readonly pages: readonly (readonly Tag[])[]; readonly until: number }>();
  /** By repository: what the store was told before that time does not count. */
  const forgotten = new Map<string, number>();
  let allForgotten = Number.NEGATIVE_INFINITY;
  const headWork = createSharedWork<ManifestHead>();
  const manifestWork = createSharedWork<FetchedManifest>();

  const isYoung = ({ learnedAt }: KnownHead, lifetime: number) => {
    const age = clock.now() - learnedAt;
    return age >= 0 && age < lifetime;
  };
  const tagKey = async (target: RegistryTarget, tag: Tag) => `${await placeOf(target)} ${tag}`;

  const storedHead = async (target: RegistryTarget, tag: Tag): Promise<ManifestHead | null> => {
    if (tagLifetime === 0) return null;
    const bytes = await store.read("tag", await tagKey(target, tag));
    const known = bytes === null ? null : decodeTagHead(bytes);
    if (known === null || !isYoung(known, tagLifetime)) return null;
    if (known.learnedAt <= Math.max(allForgotten, forgotten.get(prefixOf(target)) ?? allForgotten)) return null;
    keepLatest(heads, HEADS_KEPT, keyOf(target, tag), known);
    return known.head;
  };
  const learnHead = async (target: RegistryTarget, reference: Tag | Digest, head: ManifestHead) => {
    const known = { head, learnedAt: clock.now() };
    keepLatest(heads, HEADS_KEPT, keyOf(target, reference), known);
    if (!isDigest(reference)) await store.write("tag", await tagKey(target, reference), encodeTagHead(known));
  };

  const knownContent = async (
    kind: "manifest" | "config",
    target: RegistryTarget,
    digest: Digest,
  ): Promise<FetchedManifest | null> => {
    const key = contentKey(target, digest);
    const inMemory = contents.get(`${kind} ${key}`);
    if (inMemory !== undefined) return inMemory;
    const bytes = await store.read(kind, key);
    const content = bytes === null ? null : decodeContent(bytes, digest);
    if (content !== null) keepLatest(contents, CONTENTS_KEPT, `${kind} ${key}`, content);
    return content;
  };
  const learnContent = async (kind: "manifest" | "config", target: RegistryTarget, content: FetchedManifest) => {
    if (content.size > LARGEST_KEPT) return;
    const key = contentKey(target, content.digest);
    keepLatest(contents, CONTENTS_KEPT, `${kind} ${key}`, content);
    await store.write(kind, key, encodeContent(content));
  };

  return {
    async resolve(target, reference, requestOptions = {}) {
      const key = keyOf(target, reference);
      const known = heads.get(key);
      if (known !== undefined && isYoung(known, isDigest(reference) ? DIGEST_LIFETIME : tagLifetime)) return known.head;
      return headWork.join(key, requestOptions, async (shared) => {
        const stored = isDigest(reference) ? null : await storedHead(target, reference);
        if (stored !== null) return stored;
        const head = await registry.resolve(target, reference, shared);
        await learnHead(target, reference, head);
        return head;
      });
    },
    async manifest(target, reference, requestOptions = {}) {
      return manifestWork.join(keyOf(target, reference), requestOptions, async (shared) => {
        const known = isDigest(reference) ? await knownContent("manifest", target, reference) : null;
        if (known !== null) return known;
        const manifest = await registry.manifest(target, reference, shared);
        await learnContent("manifest", target, manifest);
        if (!isDigest(reference)) {
          const { digest, contentType, size } = manifest;
          await learnHead(target, reference, { digest, contentType, size });
        }
        return manifest;
      });
    },
    async *blob(target, descriptor, blobOptions) {
      if (!isKept(descriptor)) {
        yield* registry.blob(target, descriptor, blobOptions);
        return;
      }
      blobOptions?.signal?.throwIfAborted();
      const { digest, size } = descriptor;
      const known = blobOptions?.fresh ? null : await knownContent("config", target, digest);
      if (known !== null && known.size === size) {
        yield known.bytes;
        return;
      }
      const chunks: Uint8Array[] = [];
      for await (const chunk of registry.blob(target, descriptor, blobOptions)) {
        chunks.push(Uint8Array.from(chunk));
        yield chunk;
      }
      const bytes = Buffer.concat(chunks);
      await learnContent("config", target, { digest, contentType: null, size: bytes.length, bytes });
    },
    blobEnd: (target, descriptor, count, requestOptions) => registry.blobEnd(target, descriptor, count, requestOptions),
    async *tags(target, limit, requestOptions) {
      const key = `${prefixOf(target)}${limit}`;
      const known = tagLists.get(key);
      if (known !== undefined && clock.now() < known.until) {
        yield* known.pages;
        return;
      }
      const pages: (readonly Tag[])[] = [];
      for await (const page of registry.tags(target, limit, requestOptions)) {
        pages.push(page);
        yield page;
      }
      // Only of a list that was read to its end.
      keepLatest(tagLists, TAG_LISTS_KEPT, key, { pages, until: clock.now() + TAGS_LIFETIME });
    },
    close: () => registry.close(),
    forget(target) {
      const prefix = prefixOf(target);
      for (const known of [heads, tagLists]) {
        for (const key of known.keys()) if (key.startsWith(prefix)) known.delete(key);
      }
      forgotten.set(prefix, clock.now());
    },
    forgetAll() {
      heads.clear();
      tagLists.clear();
      forgotten.clear();
      allForgotten = clock.now();
    },
  };
}

/** Blobs that are small and read by several: what a manifest says is an image's config. */
function isKept({ mediaType, size, data }: Descriptor): boolean {
  return data === undefined && size <= LARGEST_KEPT && isConfigType(mediaType);
}

function contentKey({ repository }: RegistryTarget, digest: Digest): string {
  return `${printRepository(repository)} ${digest}`;
}

function keyOf(target: RegistryTarget, reference: Tag | Digest): string {
  return `${prefixOf(target)}${reference}`;
}

function prefixOf({ tlsVerify, repository }: RegistryTarget): string {
  return `${tlsVerify} ${printRepository(repository)} `;
}
