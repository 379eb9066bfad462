import { orThrow } from "../base/errors.ts";
import { printAttributeSet } from "../nix/attribute-text.ts";
import { sriHash } from "../nix/hash-encoding.ts";
import { parsePlatform } from "../oci/platform.ts";
import { parseReference, parseTag } from "../oci/reference.ts";
import type { PrefetchProgress } from "../prefetch/prefetch.ts";
import type { PinRuns } from "./pin-runs.ts";
import type { NewPinParams, NewPinResult } from "./protocol.ts";
import type { Settings } from "./settings.ts";

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
  const reference = orThrow(parseReference(image.trim()));
  const tag = orThrow(parseTag(reference.tag ?? "latest"));
  const platform = orThrow(parsePlatform(wanted || settings.platform || "linux/amd64"));
  const target = { repository: { registry: reference.registry, path: reference.path }, tlsVerify: true };
  const run = runs.start(settings, signal);
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
