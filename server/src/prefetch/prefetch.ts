import type { Log } from "../base/log.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import type { Tag } from "../oci/reference.ts";
import type { RegistryClient, RegistryTarget } from "../registry/client.ts";

export interface PrefetchRequest {
  readonly target: RegistryTarget;
  readonly reference: Tag | Digest;
  /** Chooses the manifest in an index; a digest or tag of a single manifest ignores it, as skopeo does. */
  readonly platform: Platform;
  /** `finalImageName` and `finalImageTag` as the user writes them; both go into the hashed bytes. */
  readonly finalImageName: string;
  readonly finalImageTag: string;
}

export interface PrefetchProgress {
  /** Compressed bytes received so far, and in all (config and layers, repeated blobs once). */
  readonly receivedBytes: number;
  readonly totalBytes: number;
  /** Layers whose bytes are hashed, and in all. */
  readonly layersDone: number;
  readonly layersTotal: number;
  /** Set while the registry makes us wait, for people: `waiting 12 s: registry is rate limiting`. */
  readonly waiting: string | null;
}

export interface PrefetchedImage {
  /** Of what the reference names: an index or one platform's manifest. */
  readonly digest: Digest;
  readonly digestOf: "index" | "image";
  readonly platformDigest: Digest;
  /** SHA-256 of the docker-archive; the flat hash that `pullImage` wants. */
  readonly archiveDigest: Digest;
  /** Bytes of the docker-archive. */
  readonly archiveSize: number;
  /** For people: what the answer depends on, such as a skopeo that is new enough. */
  readonly warnings: readonly string[];
}

export interface PrefetchOptions {
  readonly registry: RegistryClient;
  readonly log: Log;
  /** A folder for compressed blobs while they wait; nothing is left in it. */
  readonly temporaryFolder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PrefetchProgress) => void;
  /** Receives the archive's bytes in order; its back-pressure is awaited. Only for writing the archive itself. */
  readonly writeArchive?: (bytes: Uint8Array) => Promise<void>;
}

export declare function prefetchImage(request: PrefetchRequest, options: PrefetchOptions): Promise<PrefetchedImage>;
