import { orThrow, type Problem } from "../base/errors.ts";
import { type Digest, shortDigest } from "../oci/digest.ts";
import { chooseIndexEntry } from "../oci/platform.ts";
import { printRepository } from "../oci/reference.ts";
import type { PinnedImage } from "./assessment.ts";
import { type Comparison, type CurrentDigest, orMissing, tagMissing } from "./comparison.ts";
import { type Lookups, platformOfConfig } from "./lookups.ts";
import { isSameJson, type PinnedManifest, parseJson } from "./manifest-file.ts";

/**
 * Compares a pinned manifest with that of the followed tag, for the pin's platform: fresh when both say the same JSON, however
 * it is laid out. Gone when the registry lacks the config that the pinned one names. Throws as `compareWithTag`.
 */
export async function compareManifest(
  image: PinnedImage,
  pinned: PinnedManifest,
  lookups: Lookups,
): Promise<Comparison> {
  const { target, tag } = image;
  const head = await orMissing(lookups.tagHead(target, tag), "tag-not-found");
  if (!head.found) {
    if (await hasConfig(image, pinned, lookups)) return { outcome: "tag-missing", problem: tagMissing(image) };
    return { outcome: "gone", current: null, problem: configGone(image, pinned) };
  }
  const current = await imageOfTag(image, pinned, head.value.digest, lookups);
  const bytes = await lookups.manifestBytes(target, current.digest);
  if (isSameJson(pinned.json, parseJson(Buffer.from(bytes).toString("utf8")))) return { outcome: "fresh", current };
  if (await hasConfig(image, pinned, lookups)) return { outcome: "stale", current };
  return { outcome: "gone", current, problem: configGone(image, pinned) };
}

/**
 * The one image that a tag's digest stands for: through an index, for the pin's platform. Where the pin states none, it is that
 * of the pinned image, so that an arm64 image never becomes an amd64 one.
 *
 * @param pinned null for a pin without a sound manifest
 */
export async function imageOfTag(
  image: PinnedImage,
  pinned: PinnedManifest | null,
  tagDigest: Digest,
  lookups: Lookups,
): Promise<CurrentDigest> {
  const { target } = image;
  const tagged = await lookups.manifest(target, tagDigest);
  if (tagged.kind === "image") return { digest: tagDigest, platform: image.platform };
  const platform = image.platformStated ? image.platform : await platformOfPinned(image, pinned, lookups);
  return { digest: orThrow(chooseIndexEntry(tagged, platform)).entry.digest, platform };
}

/** Whether the registry has what a pinned manifest names; asked of its config, which the client verifies. */
export async function hasConfig(image: PinnedImage, { manifest }: PinnedManifest, lookups: Lookups): Promise<boolean> {
  return (await orMissing(lookups.configNamedBy(image.target, manifest), "blob-missing")).found;
}

async function platformOfPinned(image: PinnedImage, pinned: PinnedManifest | null, lookups: Lookups) {
  if (pinned === null) return image.platform;
  const config = await orMissing(lookups.configNamedBy(image.target, pinned.manifest), "blob-missing");
  return (config.found ? platformOfConfig(config.value) : null) ?? image.platform;
}

export function configGone({ target }: PinnedImage, { manifest }: PinnedManifest): Problem {
  const name = printRepository(target.repository);
  const message = `${name} no longer has ${shortDigest(manifest.config.digest)}, which the manifest names; update the pin.`;
  return { code: "digest-gone", message };
}
