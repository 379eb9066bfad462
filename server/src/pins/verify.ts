import type { Problem } from "../base/errors.ts";
import type { Pin } from "../nix/pin.ts";
import type { Digest } from "../oci/digest.ts";
import { printPlatform } from "../oci/platform.ts";
import { assessPin } from "./assess.ts";
import type { Assessment, PinnedImage } from "./assessment.ts";
import { hasDigest } from "./compare.ts";
import { configGone, hasConfig } from "./compare-manifest.ts";
import type { PinnedManifest } from "./manifest-file.ts";
import { forEachPin, isHostDependent, orProblem, type PinRun, prefetchFor } from "./run.ts";
import type { PinStatus } from "./status.ts";
import { combineVerifications } from "./variants.ts";

export interface PinVerification {
  readonly pin: Pin;
  readonly status: Exclude<PinStatus, "fresh" | "stale" | "unchecked"> | "verified";
  readonly problem: Problem | null;
  /** The hash that the pinned digest has; null when it was not computed. */
  readonly computedHash: Digest | null;
  readonly warnings: readonly string[];
  /** Of the pin's variants, in their order; absent for a pin without. */
  readonly variants?: readonly PinVerification[];
}

/**
 * Computes the hash of every pinned digest and compares it with the stated one; asks for what a pinned manifest names. The
 * followed tag plays no part.
 */
export function verifyPins(pins: readonly Pin[], run: PinRun): Promise<PinVerification[]> {
  const assessments = pins.map((pin) => assessPin(pin, run.settings));
  return forEachPin(
    assessments,
    run.concurrency,
    run,
    (assessment) =>
      assessment.variants.length > 0 ? verifyVariants(assessment, run) : verifyPin(assessment, assessment.pin, run),
    ({ pin }, problem) => unanswered(pin, problem),
  );
}

/** One after the other, so that the pin's progress is that of one download. */
async function verifyVariants({ pin, variants }: Assessment, run: PinRun): Promise<PinVerification> {
  const verifications: PinVerification[] = [];
  for (const variant of variants) {
    verifications.push(
      await orProblem(verifyPin(variant, pin, run), run, (problem) => unanswered(variant.pin, problem)),
    );
  }
  return combineVerifications(pin, verifications);
}

/** @param shown the pin whose progress is told */
async function verifyPin(
  { pin, status, problem, image }: Assessment,
  shown: Pin,
  run: PinRun,
): Promise<PinVerification> {
  if (status !== "unchecked") return unverified(pin, status, problem);
  if (image === null || !hasDigest(image) || image.hash === null) throw new TypeError("an unchecked pin is complete");
  if (image.manifest !== null) return verifyManifest(pin, image, image.manifest, run);
  const prefetched = await prefetchFor(shown, image, image, run);
  const { archiveDigest: computedHash, warnings } = prefetched;
  if (computedHash === image.hash) return { pin, status: "verified", problem: null, computedHash, warnings };
  const advice = !isHostDependent(image, prefetched)
    ? RIGHT_ONE[image.format === "nix2container" ? "nix2container" : "docker-archive"]
    : `the digest is of an index and the pin has no arch, so this was for ${printPlatform(image.platform)}; add arch, or give --platform`;
  const message = `The hash is not that of the pinned image; ${advice}.`;
  return { pin, status: "wrongHash", problem: { code: "hash-mismatch", message }, computedHash, warnings };
}

/** Nix takes each blob by the digest that the manifest has for it; so the manifest is right if these are there. */
async function verifyManifest(
  pin: Pin,
  image: PinnedImage,
  manifest: PinnedManifest,
  { lookups }: PinRun,
): Promise<PinVerification> {
  if (await hasConfig(image, manifest, lookups)) {
    return { pin, status: "verified", problem: null, computedHash: manifest.digest, warnings: [] };
  }
  return unverified(pin, "gone", configGone(image, manifest));
}

/** Where the right hash is to be had. */
const RIGHT_ONE = {
  "docker-archive": 'it may be of another final name or tag; "dockpin prefetch" prints the right one',
  nix2container: '"dockpin prefetch --format nix2container" prints the right one',
} as const;

function unanswered(pin: Pin, problem: Problem): PinVerification {
  return unverified(pin, problem.code === "digest-gone" ? "gone" : "unknown", problem);
}

function unverified(pin: Pin, status: PinVerification["status"], problem: Problem | null): PinVerification {
  return { pin, status, problem, computedHash: null, warnings: [] };
}
