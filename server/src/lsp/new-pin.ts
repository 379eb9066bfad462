import { orThrow, type Result, succeed } from "../base/errors.ts";
import { printAttributeSet } from "../nix/attribute-text.ts";
import { sriHash } from "../nix/hash-encoding.ts";
import { parsePlatform } from "../oci/platform.ts";
import { type ImageReference, parseReference, parseTag, type Tag } from "../oci/reference.ts";
import type { PrefetchProgress } from "../prefetch/prefetch.ts";
import type { RegistryTarget } from "../registry/client.ts";
import type { RegistryRules } from "../registry/registry-rules.ts";
import type { PinRuns } from "./pin-runs.ts";
import type { NewPinParams, NewPinResult, SignInPlace } from "./protocol.ts";
import type { Settings } from "./settings.ts";
import { placeOfTarget } from "./sign-in-place.ts";
import { waitingProgress } from "./waiting-progress.ts";

/**
 * A `pullImage` call for an image as it is now, with what nix-prefetch-docker prints, and with the platform where the
 * digest is of an index, whose hash would be another on another machine. The tag is "latest" unless given.
 * Throws the errors of references, of platforms, of the registry and of the prefetch.
 */
export async function writeNewPin(
  { image, platform: wanted }: Pick<NewPinParams, "image" | "platform">,
  settings: Settings,
  runs: PinRuns,
  signal: AbortSignal,
  onProgress: (progress: PrefetchProgress) => void,
): Promise<NewPinResult> {
  const { reference, target, tag } = orThrow(readImage(image));
  const platform = orThrow(parsePlatform(wanted || settings.platform || "linux/amd64"));
  const run = runs.start(settings, signal, { onWait: (wait) => onProgress(waitingProgress(wait)) });
  const digest = reference.digest ?? (await run.lookups.tagHead(target, tag)).digest;
  const [named = ""] = image.trim().split("@", 1);
  const name = reference.tag === null ? named : named.slice(0, -reference.tag.length - 1);
  const request = { target, reference: digest, platform, finalImageName: name, finalImageTag: tag };
  const prefetched = await run.prefetch(request, onProgress);

  const attributes = printAttributeSet({
    imageName: name,
    imageDigest: digest,
    hash: sriHash(prefetched.archiveDigest),
    finalImageName: name,
    finalImageTag: tag,
    ...(prefetched.digestOf === "index" && { os: platform.os, arch: platform.architecture }),
  });
  return { text: `pullImage ${attributes}` };
}

/** Where a sign-in would be for that lets an image be pinned; null for what is no image. */
export function newPinPlace(image: string, rules: RegistryRules): SignInPlace | null {
  const read = readImage(image);
  return read.ok ? placeOfTarget(read.value.target, read.value.tag, rules, null) : null;
}

interface NamedImage {
  readonly reference: ImageReference;
  readonly target: RegistryTarget;
  readonly tag: Tag;
}

function readImage(image: string): Result<NamedImage> {
  const reference = parseReference(image.trim());
  if (!reference.ok) return reference;
  const { registry, path } = reference.value;
  const tag = parseTag(reference.value.tag ?? "latest");
  if (!tag.ok) return tag;
  return succeed({
    reference: reference.value,
    target: { repository: { registry, path }, tlsVerify: true },
    tag: tag.value,
  });
}
