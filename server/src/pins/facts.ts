import { CodedError, orThrow } from "../base/errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageIndex } from "../oci/manifest.ts";
import { chooseIndexEntry, type Platform, printPlatform } from "../oci/platform.ts";
import type { RegistryTarget } from "../registry/client.ts";
import { isObject, type Lookups } from "./lookups.ts";

/** What a hover tells of an image: from its manifests and its config, so it never changes for a digest. */
export interface ImageFacts {
  readonly digest: Digest;
  readonly kind: "index" | "image";
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

/**
 * Reads what there is to tell of a digest: of an index, for the image that it has for a platform. Downloads manifests and the
 * config, no layers. Nothing of it has been made safe to show.
 * Throws the coded errors of the registry, of manifests and configs, and `platform-missing`.
 */
export async function readImageFacts(
  target: RegistryTarget,
  digest: Digest,
  platform: Platform,
  lookups: Lookups,
): Promise<ImageFacts> {
  const named = await lookups.manifest(target, digest);
  const entry = named.kind === "index" ? orThrow(chooseIndexEntry(named, platform)).entry : null;
  const image = entry === null ? named : await lookups.manifest(target, entry.digest);
  if (image.kind === "index") {
    throw new CodedError("index-nested", "The index lists another index for this platform; pin that one instead.");
  }
  const config = await lookups.config(target, entry?.digest ?? digest);
  return {
    digest,
    kind: named.kind,
    created: typeof config["created"] === "string" ? config["created"] : null,
    compressedSize: image.layers.reduce((sum, { size }) => sum + size, image.config.size),
    archiveSize: null,
    layers: image.layers.length,
    platforms: named.kind === "index" ? platformsOf(named) : [],
    labels: { ...entry?.annotations, ...labelsOf(config) },
  };
}

/** Attestations are listed for a platform "unknown". */
function platformsOf({ entries }: ImageIndex): string[] {
  const platforms = entries.flatMap(({ platform }) =>
    platform === null || platform.os === "unknown" ? [] : [printPlatform(platform)],
  );
  return [...new Set(platforms)];
}

function labelsOf(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const inner = config["config"];
  const labels = isObject(inner) ? inner["Labels"] : null;
  if (!isObject(labels)) return {};
  return Object.fromEntries(
    Object.entries(labels).filter((label): label is [string, string] => typeof label[1] === "string"),
  );
}
