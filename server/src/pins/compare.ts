import { CodedError, orThrow, type Problem } from "../base/errors.ts";
import { type Digest, shortDigest } from "../oci/digest.ts";
import type { ImageIndex } from "../oci/manifest.ts";
import { chooseIndexEntry } from "../oci/platform.ts";
import { printRepository } from "../oci/reference.ts";
import type { PinnedImage } from "./assessment.ts";
import { compareManifest, imageOfTag } from "./compare-manifest.ts";
import { type Comparison, type CurrentDigest, orMissing, tagMissing } from "./comparison.ts";
import type { Lookups } from "./lookups.ts";

export type { Comparison, CurrentDigest } from "./comparison.ts";

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
  if (image.manifest !== null) return compareManifest(image, image.manifest, lookups);
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

/**
 * What a pin without a digest gets: the digest of the tag itself, as nix-prefetch-docker prints it; where a manifest is
 * pinned, that of the image for the platform. Throws `tag-not-found`.
 */
export async function digestOfTag(image: PinnedImage, lookups: Lookups): Promise<CurrentDigest> {
  const head = await orMissing(lookups.tagHead(image.target, image.tag), "tag-not-found");
  if (!head.found) throw new CodedError("tag-not-found", tagMissing(image).message);
  return image.format === "manifest"
    ? imageOfTag(image, image.manifest, head.value.digest, lookups)
    : ofTag(image, head.value.digest);
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

function digestGone({ target, digest }: DigestPinnedImage): Problem {
  return {
    code: "digest-gone",
    message: `${printRepository(target.repository)} no longer has ${shortDigest(digest)}; update the pin.`,
  };
}
