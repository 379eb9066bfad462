import { CodedError } from "../base/errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageIndex } from "../oci/manifest.ts";
import { chooseIndexEntry, type Platform, printPlatform } from "../oci/platform.ts";
import type { RegistryTarget } from "../registry/client.ts";
import { isObject, type Lookups } from "./lookups.ts";

/** What a hover tells of an image: from its manifests and its config, so it never changes for a digest. */
export interface ImageFacts {
  readonly digest: Digest;
  readonly kind: "index" | "image";
  /** RFC 3339, as the config says; null when it does not, or when there is no image for the platform. */
  readonly created: string | null;
  /** Bytes as stored in the registry, config and layers; null when an index has no image for the platform. */
  readonly compressedSize: number | null;
  /** Bytes of the docker-archive; null until a prefetch has measured it. */
  readonly archiveSize: number | null;
  /** Null when an index has no image for the platform. */
  readonly layers: number | null;
  /** `os/arch` or `os/arch/variant` of an index's images; empty for a single image. */
  readonly platforms: readonly string[];
  /** Of the config, then of the annotations. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Reads what there is to tell of a digest: of an index, for the image that it has for a platform. Downloads manifests and the
 * config, no layers. Nothing of it has been made safe to show.
 * Throws the coded errors of the registry, of manifests and configs.
 */
export async function readImageFacts(
  target: RegistryTarget,
  digest: Digest,
  platform: Platform,
  lookups: Lookups,
): Promise<ImageFacts> {
  const named = await lookups.manifest(target, digest);
  if (named.kind === "image") {
    return { digest, kind: "image", platforms: [], ...(await factsOfImage(target, digest, {}, lookups)) };
  }
  const chosen = chooseIndexEntry(named, platform);
  const entry = chosen.ok ? chosen.value.entry : null;
  const image = entry === null ? NO_IMAGE : await factsOfImage(target, entry.digest, entry.annotations, lookups);
  return { digest, kind: "index", platforms: platformsOf(named), ...image };
}

type FactsOfImage = Omit<ImageFacts, "digest" | "kind" | "platforms">;

const NO_IMAGE: FactsOfImage = { created: null, compressedSize: null, archiveSize: null, layers: null, labels: {} };

async function factsOfImage(
  target: RegistryTarget,
  digest: Digest,
  annotations: Readonly<Record<string, string>>,
  lookups: Lookups,
): Promise<FactsOfImage> {
  const manifest = await lookups.manifest(target, digest);
  if (manifest.kind === "index") {
    throw new CodedError("index-nested", "The index lists another index for this platform; pin that one instead.");
  }
  const config = await lookups.config(target, digest);
  return {
    created: typeof config["created"] === "string" ? config["created"] : null,
    compressedSize: manifest.layers.reduce((sum, { size }) => sum + size, manifest.config.size),
    archiveSize: null,
    layers: manifest.layers.length,
    labels: { ...annotations, ...labelsOf(config) },
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
