import type { Descriptor } from "../oci/manifest.ts";
import type { RegistryClient, RegistryTarget, RequestOptions } from "../registry/client.ts";
import type { ProgressMeter } from "./progress.ts";

/** Where the blobs of an image come from. */
export interface BlobSource {
  /** The bytes as stored, verified: reading them to the end throws unless they hash to the descriptor's digest. */
  open(descriptor: Descriptor, signal: AbortSignal | undefined): AsyncIterable<Uint8Array>;
}

/** The blobs of a repository, each reading counted. */
export function registryBlobs(registry: RegistryClient, target: RegistryTarget, progress: ProgressMeter): BlobSource {
  return {
    async *open(descriptor, signal) {
      let received = 0;
      for await (const chunk of registry.blob(target, descriptor, requestOptions(progress, signal))) {
        received += chunk.length;
        progress.receive(chunk.length);
        yield chunk;
      }
      progress.correctTotal(descriptor.size, received);
    },
  };
}

export function requestOptions(progress: ProgressMeter, signal: AbortSignal | undefined): RequestOptions {
  const onWait: RequestOptions["onWait"] = ({ milliseconds, reason }) => progress.wait(milliseconds, reason);
  return signal ? { onWait, signal } : { onWait };
}
