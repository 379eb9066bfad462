import { CodedError } from "../../server/src/base/errors.ts";
import { type Digest, digestOf, isDigest } from "../../server/src/oci/digest.ts";
import { isTag, type Tag } from "../../server/src/oci/reference.ts";
import type { RegistryClient, RegistryTarget, RequestOptions } from "../../server/src/registry/client.ts";
import type { RegistryContent, RepositoryContent } from "./registry/content.ts";

export interface MemoryRegistryClient extends RegistryClient {
  /** What was asked for, in order: `manifest latest`, `blob sha256:…`. */
  readonly requests: readonly string[];
  /** Blobs that are being read now. */
  readonly openBlobs: () => number;
}

export interface MemoryRegistryOptions {
  /** Bytes of a chunk of a blob. */
  readonly chunkSize?: number;
  /** Called before each chunk of a blob is given; what it throws ends the blob. */
  readonly beforeChunk?: (blob: Digest, options: RequestOptions | undefined) => Promise<void> | void;
}

/** A registry without a network, which answers from `content` as the real client does. */
export function memoryRegistryClient(
  content: RegistryContent,
  { chunkSize = 1000, beforeChunk }: MemoryRegistryOptions = {},
): MemoryRegistryClient {
  const requests: string[] = [];
  let openBlobs = 0;
  const repositoryIn = (target: RegistryTarget): RepositoryContent => {
    const repository = content.get(target.repository.path);
    if (repository === undefined) throw new CodedError("registry-not-found", "There is no such repository.");
    return repository;
  };
  const find = (target: RegistryTarget, reference: Tag | Digest) => {
    const repository = repositoryIn(target);
    const digest = isDigest(reference) ? reference : repository.tags.get(reference);
    const manifest = digest && repository.manifests.get(digest);
    if (manifest === undefined) throw new CodedError("tag-not-found", "There is no such manifest.");
    const { bytes, mediaType } = manifest;
    return { digest: digestOf(bytes), contentType: mediaType, size: bytes.length, bytes };
  };
  return {
    requests,
    openBlobs: () => openBlobs,
    async resolve(target, reference) {
      requests.push(`resolve ${reference}`);
      const { digest, contentType, size } = find(target, reference);
      return { digest, contentType, size };
    },
    async manifest(target, reference, options) {
      options?.signal?.throwIfAborted();
      requests.push(`manifest ${reference}`);
      return find(target, reference);
    },
    async *blob(target, { digest }, options) {
      requests.push(`blob ${digest}`);
      const bytes = repositoryIn(target).blobs.get(digest);
      if (bytes === undefined) throw new CodedError("blob-missing", "There is no such blob.");
      openBlobs++;
      try {
        for (let start = 0; start < bytes.length; start += chunkSize) {
          await beforeChunk?.(digest, options);
          options?.signal?.throwIfAborted();
          yield bytes.subarray(start, start + chunkSize);
        }
        if (digestOf(bytes) !== digest) throw new CodedError("digest-mismatch", "The blob is another one.");
      } finally {
        openBlobs--;
      }
    },
    async blobEnd(target, { digest }, count, options) {
      options?.signal?.throwIfAborted();
      requests.push(`end of ${digest}`);
      return repositoryIn(target).blobs.get(digest)?.subarray(-count) ?? null;
    },
    async *tags(target, limit) {
      requests.push("tags");
      const tags = [...repositoryIn(target).tags.keys()].filter(isTag).slice(0, limit);
      if (tags.length > 0) yield tags;
    },
    async close() {},
  };
}
