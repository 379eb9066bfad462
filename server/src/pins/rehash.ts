import { CodedError } from "../base/errors.ts";
import type { PinChange } from "../nix/edit.ts";
import type { Pin } from "../nix/pin.ts";
import type { Assessment } from "./assessment.ts";
import { type PinRun, prefetchFor } from "./run.ts";
import { combineChanges } from "./variants.ts";

/**
 * What a pin should state when its digest stays: the hash that this digest has, for each of its variants. A pinned manifest
 * stays as it is. Throws `missing-digest`, the problem of a pin that no registry can be asked about, and what a prefetch throws.
 */
export async function rehashPin(assessment: Assessment, run: PinRun): Promise<PinChange> {
  const { pin, variants } = assessment;
  if (variants.length === 0) return rehash(assessment, pin, run);
  // One after the other, so that the pin's progress is that of one download.
  const changes: PinChange[] = [];
  for (const variant of variants) changes.push(await rehash(variant, pin, run));
  return combineChanges(changes);
}

/** @param shown the pin whose progress is told */
async function rehash({ pin, image, problem }: Assessment, shown: Pin, run: PinRun): Promise<PinChange> {
  if (image === null && problem !== null) throw new CodedError(problem.code, problem.message);
  if (image?.digest == null) throw new CodedError("missing-digest", "The pin has no digest; update it instead.");
  const { digest: imageDigest, platform } = image;
  if (image.format === "manifest") {
    return { imageDigest, hash: imageDigest, ...(pin.manifestFile && { manifest: pin.manifestFile.text }) };
  }
  const prefetched = await prefetchFor(shown, image, { digest: imageDigest, platform }, run);
  return { imageDigest, hash: prefetched.archiveDigest };
}
