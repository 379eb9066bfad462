import { CodedError } from "../base/errors.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { RegistryClient, RegistryTarget, RequestOptions } from "../registry/client.ts";
import type { ProgressMeter } from "./progress.ts";

/** Where the blobs of an image come from. */
export interface BlobSource {
  /**
   * The bytes as stored, verified: reading them to the end throws unless they hash to the descriptor's digest. A fresh copy
   * is one past caches on the way.
   */
  open(descriptor: Descriptor, signal: AbortSignal | undefined, copy?: "any" | "fresh"): AsyncIterable<Uint8Array>;
  /** The last bytes as stored, unverified; null when they are not to be had. */
  end(descriptor: Descriptor, count: number, signal: AbortSignal | undefined): Promise<Uint8Array | null>;
}

/**
 * What `read` makes of a blob. Where that fails as the blob has other content than its digest says, it reads a fresh copy,
 * once: a cache on the way may hold a bad one.
 */
export async function readBlob<T>(
  blobs: BlobSource,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
  read: (chunks: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  try {
    return await read(blobs.open(descriptor, signal));
  } catch (error) {
    if (!isMismatch(error)) throw error;
    return read(blobs.open(descriptor, signal, "fresh"));
  }
}

/** The blobs of a repository, each reading counted. */
export function registryBlobs(registry: RegistryClient, target: RegistryTarget, progress: ProgressMeter): BlobSource {
  return {
    async *open(descriptor, signal, copy = "any") {
      let received = 0;
      const options = { ...requestOptions(progress, signal), fresh: copy === "fresh" };
      try {
        for await (const chunk of registry.blob(target, descriptor, options)) {
          received += chunk.length;
          progress.receive(chunk.length);
          yield chunk;
        }
      } catch (error) {
        // They will have to come again.
        if (isMismatch(error)) progress.receive(-received);
        throw error;
      }
      progress.correctTotal(descriptor.size, received);
    },
    end: (descriptor, count, signal) => registry.blobEnd(target, descriptor, count, requestOptions(progress, signal)),
  };
}

export function requestOptions(progress: ProgressMeter, signal: AbortSignal | undefined): RequestOptions {
  const onWait: RequestOptions["onWait"] = ({ milliseconds, reason }) => progress.wait(milliseconds, reason);
  return signal ? { onWait, signal } : { onWait };
}

/** Whether a blob had other content than its digest says. */
export function isMismatch(error: unknown): boolean {
  return error instanceof CodedError && error.code === "digest-mismatch";
}
