import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { Repository, Tag } from "../oci/reference.ts";

/** A repository and how its registry may be reached. */
export interface RegistryTarget {
  readonly repository: Repository;
  /** False has skopeo's meaning: https without verification, then http. */
  readonly tlsVerify: boolean;
}

export interface ManifestHead {
  readonly digest: Digest;
  /** Of the response, parameters removed; null when the registry sent none. */
  readonly contentType: string | null;
  /** Bytes of the body; null when the registry did not say. */
  readonly size: number | null;
}

export interface FetchedManifest extends ManifestHead {
  readonly bytes: Uint8Array;
  readonly size: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Called when the client waits before trying again. */
  readonly onWait?: (wait: { readonly milliseconds: number; readonly reason: string }) => void;
}

export interface BlobOptions extends RequestOptions {
  /** Wants the registry's own copy, past caches and mirrors: what came before had other content than its digest says. */
  readonly fresh?: boolean;
}

/** The registries of the world, as far as pinning needs them. Close it to end its connections. */
export interface RegistryClient {
  /** Where a tag or digest points now, by HEAD, or by GET where HEAD is answered badly. `tag-not-found`, `digest-gone`, … */
  resolve(target: RegistryTarget, reference: Tag | Digest, options?: RequestOptions): Promise<ManifestHead>;
  /** The manifest's bytes (at most 4 MiB), verified against the digest that was asked for. */
  manifest(target: RegistryTarget, reference: Tag | Digest, options?: RequestOptions): Promise<FetchedManifest>;
  /** A blob's bytes as stored; throws `digest-mismatch` or `blob-truncated` at the end unless they hash to its digest. */
  blob(target: RegistryTarget, descriptor: Descriptor, options?: BlobOptions): AsyncIterable<Uint8Array>;
  /**
   * The last bytes of a blob, `count` or all that it has, asked for by range. Unverified: good for a guess alone. Null when
   * the registry does not give them.
   */
  blobEnd(
    target: RegistryTarget,
    descriptor: Descriptor,
    count: number,
    options?: RequestOptions,
  ): Promise<Uint8Array | null>;
  /**
   * The tags of a repository, page by page in the registry's order, at most `limit` in all; who has enough stops reading.
   * `registry-not-found`, `registry-unauthorized`, `registry-denied`, …
   */
  tags(target: RegistryTarget, limit: number, options?: RequestOptions): AsyncIterable<readonly Tag[]>;
  close(): Promise<void>;
}
