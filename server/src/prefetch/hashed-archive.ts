import type { Digest } from "../oci/digest.ts";

export interface HashedArchive {
  /** SHA-256 of its bytes. */
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}
