import { CodedError, orThrow, type Problem } from "../base/errors.ts";
import { type Digest, shortDigest } from "../oci/digest.ts";
import type { ImageIndex } from "../oci/manifest.ts";
import { chooseIndexEntry, type Platform } from "../oci/platform.ts";
import { printRepository } from "../oci/reference.ts";
import type { PinnedImage } from "./assess.ts";
import type { Lookups } from "./lookups.ts";

/** A digest that a pin should have. */
export interface CurrentDigest {
  readonly digest: Digest;
  /** What the hash must be computed for. */
  readonly platform: Platform;
}

/** How a pinned digest stands to the tag it follows. */
export type Comparison =
  | { readonly outcome: "fresh"; readonly current: CurrentDigest }
  | { readonly outcome: "stale"; readonly current: CurrentDigest }
  /** The registry no longer has the pinned digest; `current` is null when it lacks the tag as well. */
  | { readonly outcome: "gone"; readonly current: CurrentDigest | null; readonly problem: Problem }
  /** The registry has the digest but not the tag, which may be a local name that was never meant for it. */
  | { readonly outcome: "tag-missing"; readonly problem: Problem };

/** A pinned image whose digest is known. */
export interface DigestPinnedImage extends PinnedImage {
  readonly digest: Digest;
}

export function hasDigest(image: PinnedImage): image is DigestPinnedImage {
  return image.digest !== null;
}

/**
 * Compares a pinned digest with what its followed tag points to now. The digest is fresh when it is that of the tag or of
 * the tag's manifest for the pin's platform; a stale one is to be replaced by one of its own kind. Where the pin states
 * no platform, a single-platform digest keeps the platform that its image has.
 * Throws the coded errors of the registry, of the manifest, and `platform-missing`.
 */
export async function compareWithTag(image: DigestPinnedImage, lookups: Lookups): Promise<Comparison> {
  const { target, digest } = image;
  const head = await orMissing(lookups.tagHead(target, image.tag), "tag-not-found");
  if (head.found && head.value.digest === digest) {
    return { outcome: "fresh", current: { digest, platform: image.platform } };
  }
  const pinned = await orMissing(lookups.kindOf(target, digest), "digest-gone");
  if (!pinned.found) {
    const current = head.found ? ofTag(image, head.value.digest) : null;
    return { outcome: "gone", current, problem: digestGone(image) };
  }
  if (!head.found) return { outcome: "tag-missing", problem: tagMissing(image) };
  if (pinned.value === "index") return { outcome: "stale", current: ofTag(image, head.value.digest) };
  return compareImageDigest(image, head.value.digest, lookups);
}

/** What a pin without a digest gets: the digest of the tag itself, as nix-prefetch-docker prints it. Throws `tag-not-found`. */
export async function digestOfTag(image: PinnedImage, lookups: Lookups): Promise<CurrentDigest> {
  const head = await orMissing(lookups.tagHead(image.target, image.tag), "tag-not-found");
  if (!head.found) throw new CodedError("tag-not-found", tagMissing(image).message);
  return ofTag(image, head.value.digest);
}

async function compareImageDigest(image: DigestPinnedImage, tagDigest: Digest, lookups: Lookups): Promise<Comparison> {
  const { target, digest } = image;
  const tagged = await lookups.manifest(target, tagDigest);
  if (tagged.kind === "image") {
    return { outcome: "stale", current: { digest: tagDigest, platform: image.platform } };
  }
  if (holds(tagged, image)) {
    return { outcome: "fresh", current: { digest, platform: image.platform } };
  }
  const platform = image.platformStated
    ? image.platform
    : ((await lookups.platformOf(target, digest)) ?? image.platform);
  const chosen = orThrow(chooseIndexEntry(tagged, platform));
  return { outcome: "stale", current: { digest: chosen.entry.digest, platform } };
}

/** Whether the index lists the pinned digest, for the stated platform if there is one, whatever the variant. */
function holds(index: ImageIndex, image: DigestPinnedImage): boolean {
  return index.entries.some(
    (entry) =>
      entry.digest === image.digest &&
      (!image.platformStated ||
        (entry.platform?.os === image.platform.os && entry.platform.architecture === image.platform.architecture)),
  );
}

function ofTag(image: PinnedImage, digest: Digest): CurrentDigest {
  return { digest, platform: image.platform };
}

type Found<T> = { readonly found: true; readonly value: T } | { readonly found: false };

async function orMissing<T>(answer: Promise<T>, code: "tag-not-found" | "digest-gone"): Promise<Found<T>> {
  try {
    return { found: true, value: await answer };
  } catch (error) {
    if (error instanceof CodedError && error.code === code) return { found: false };
    throw error;
  }
}

function tagMissing({ target, tag }: PinnedImage): Problem {
  return {
    code: "tag-not-found",
    message: `${printRepository(target.repository)} has no tag "${tag}"; name the tag to follow in a comment "# dockpin: tag=…".`,
  };
}

function digestGone({ target, digest }: DigestPinnedImage): Problem {
  return {
    code: "digest-gone",
    message: `${printRepository(target.repository)} no longer has ${shortDigest(digest)}; update the pin.`,
  };
}
