import type { Problem } from "../base/errors.ts";
import type { Pin } from "../nix/pin.ts";
import type { Digest } from "../oci/digest.ts";
import { printPlatform } from "../oci/platform.ts";
import { type Assessment, assessPin, unsupportedCallee } from "./assess.ts";
import { hasDigest } from "./compare.ts";
import { forEachPin, isHostDependent, type PinRun, prefetchFor } from "./run.ts";
import type { PinStatus } from "./status.ts";

export interface PinVerification {
  readonly pin: Pin;
  readonly status: Exclude<PinStatus, "fresh" | "stale" | "unchecked"> | "verified";
  readonly problem: Problem | null;
  /** The hash that the pinned digest has; null when it was not computed. */
  readonly computedHash: Digest | null;
  readonly warnings: readonly string[];
}

/** Computes the hash of every pinned digest and compares it with the stated one. The followed tag plays no part. */
export function verifyPins(pins: readonly Pin[], run: PinRun): Promise<PinVerification[]> {
  const assessments = pins.map((pin) => assessPin(pin, run.settings));
  return forEachPin(
    assessments,
    run,
    (assessment) => verifyPin(assessment, run),
    ({ pin }, problem) => unverified(pin, problem.code === "digest-gone" ? "gone" : "unknown", problem),
  );
}

async function verifyPin({ pin, status, problem, image }: Assessment, run: PinRun): Promise<PinVerification> {
  if (status !== "unchecked") return unverified(pin, status, problem);
  if (image === null || !hasDigest(image) || image.hash === null) throw new TypeError("an unchecked pin is complete");
  const unsupported = unsupportedCallee(pin);
  if (unsupported !== null) return unverified(pin, "unknown", unsupported);
  const prefetched = await prefetchFor(pin, image, image, run);
  const { archiveDigest: computedHash, warnings } = prefetched;
  if (computedHash === image.hash) return { pin, status: "verified", problem: null, computedHash, warnings };
  const advice = !isHostDependent(image, prefetched)
    ? 'it may be of another final name or tag; "dockpin prefetch" prints the right one'
    : `the digest is of an index and the pin has no arch, so this was for ${printPlatform(image.platform)}; add arch, or give --platform`;
  const message = `The hash is not that of the pinned image; ${advice}.`;
  return { pin, status: "wrongHash", problem: { code: "hash-mismatch", message }, computedHash, warnings };
}

function unverified(pin: Pin, status: PinVerification["status"], problem: Problem | null): PinVerification {
  return { pin, status, problem, computedHash: null, warnings: [] };
}
