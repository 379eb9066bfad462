import type { Digest } from "../oci/digest.ts";

/** What a hover tells of an image: from its manifests and its config, so it never changes for a digest. */
export interface ImageFacts {
  readonly digest: Digest;
  /** RFC 3339, as the config says; null when it does not. */
  readonly created: string | null;
  /** Bytes as stored in the registry, config and layers. */
  readonly compressedSize: number;
  /** Bytes of the docker-archive; null until a prefetch has measured it. */
  readonly archiveSize: number | null;
  readonly layers: number;
  /** `os/arch` or `os/arch/variant` of an index's images; empty for a single image. */
  readonly platforms: readonly string[];
  /** Of the config, then of the annotations. */
  readonly labels: Readonly<Record<string, string>>;
}
