import { orThrow } from "../base/errors.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { type CopiedAs, type ImageManifest, parseImageManifest, parseManifest } from "../oci/manifest.ts";
import { chooseIndexEntry, type Platform } from "../oci/platform.ts";
import type { Tag } from "../oci/reference.ts";
import type { RegistryClient, RegistryTarget, RequestOptions } from "../registry/client.ts";

/** Which image a reference comes to. */
export interface PrefetchPlan {
  /** Of what the reference names. */
  readonly digest: Digest;
  readonly digestOf: "index" | "image";
  /** Of the manifest below. */
  readonly platformDigest: Digest;
  readonly manifest: ImageManifest;
  /** The manifest as the registry has it. */
  readonly manifestBytes: Uint8Array;
  readonly warnings: readonly string[];
}

/**
 * Follows a reference to the manifest of one image, through an index if it names one, with skopeo's choice of platform.
 * A single image's manifest is taken whatever the platform. Throws the registry's errors and the problems of
 * `parseManifest` and `chooseIndexEntry`.
 */
export async function planPrefetch(
  registry: RegistryClient,
  target: RegistryTarget,
  reference: Tag | Digest,
  platform: Platform,
  copied: CopiedAs,
  options: RequestOptions,
): Promise<PrefetchPlan> {
  const fetched = await registry.manifest(target, reference, options);
  const digest = digestOf(fetched.bytes);
  const named = orThrow(parseManifest(fetched.bytes, fetched.contentType, copied));
  if (named.kind === "image") {
    const manifestBytes = fetched.bytes;
    return { digest, digestOf: "image", platformDigest: digest, manifest: named, manifestBytes, warnings: [] };
  }
  const { entry, warnings } = orThrow(chooseIndexEntry(named, platform));
  const chosen = await registry.manifest(target, entry.digest, options);
  const manifest = orThrow(parseImageManifest(chosen.bytes, chosen.contentType, copied));
  const manifestBytes = chosen.bytes;
  return { digest, digestOf: "index", platformDigest: entry.digest, manifest, manifestBytes, warnings };
}
