import type { Result } from "../base/errors.ts";
import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";

/** Registry content by digest, as a manifest or index lists it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes, as the manifest claims. */
  readonly size: number;
  /** Where a foreign layer may be had instead; empty for all others. */
  readonly urls: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** The manifest of one platform's image. */
export interface ImageManifest {
  readonly kind: "image";
  readonly format: "oci" | "docker";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface IndexEntry extends Descriptor {
  readonly platform: (Platform & { readonly variant: string | null }) | null;
}

/** An OCI index or a Docker manifest list. */
export interface ImageIndex {
  readonly kind: "index";
  readonly format: "oci" | "docker";
  readonly entries: readonly IndexEntry[];
}

export declare function parseManifest(
  bytes: Uint8Array,
  contentType: string | null,
): Result<ImageManifest | ImageIndex>;
