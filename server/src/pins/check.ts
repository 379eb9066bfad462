import type { Problem } from "../base/errors.ts";
import type { Pin } from "../nix/pin.ts";
import { type Digest, shortDigest } from "../oci/digest.ts";
import { type Assessment, assessPin } from "./assess.ts";
import { type Comparison, compareWithTag, type DigestPinnedImage, hasDigest } from "./compare.ts";
import { forEachPin, orProblem, type PinRun } from "./run.ts";
import type { PinStatus } from "./status.ts";
import { combineChecks } from "./variants.ts";

export interface PinCheck {
  readonly pin: Pin;
  readonly status: PinStatus;
  /** Why the status is not `fresh`; null when it is. */
  readonly problem: Problem | null;
  /** What the pin should have instead of its digest; null unless the pin is stale, or gone with its tag still there. */
  readonly newDigest: Digest | null;
  /** Of the pin's variants, in their order; absent for a pin without. */
  readonly variants?: readonly PinCheck[];
}

/**
 * Asks the registries about every pin that can be asked about, all at once. The others keep the status that they have
 * offline. `settled` is awaited after each pin.
 */
export function checkPins(
  pins: readonly Pin[],
  run: PinRun,
  settled: (check: PinCheck) => Promise<void> = async () => {},
): Promise<PinCheck[]> {
  const assessments = pins.map((pin) => assessPin(pin, run.settings));
  return forEachPin(
    assessments,
    Number.POSITIVE_INFINITY,
    run,
    (assessment) => checkPin(assessment, run),
    ({ pin }, problem) => unasked(pin, problem),
    (_, check) => settled(check),
  );
}

/**
 * Whether a pin could not be judged although it should have been. A tag that the registry does not have is no failure,
 * since a final tag may be a local name; one that a directive names is.
 */
export function isUnjudged({ pin, status, problem }: PinCheck): boolean {
  if (status === "unknown" && problem?.code === "tag-not-found") return pin.followedTag.from === "directive";
  return status === "unknown" || status === "computed";
}

async function checkPin(assessment: Assessment, run: PinRun): Promise<PinCheck> {
  const { pin, status, problem, image, variants } = assessment;
  if (variants.length > 0) {
    const checks = variants.map((variant) =>
      orProblem(checkPin(variant, run), run, (failure) => unasked(variant.pin, failure)),
    );
    return combineChecks(pin, await Promise.all(checks));
  }
  if (image === null || status === "incomplete" || !hasDigest(image)) return { pin, status, problem, newDigest: null };
  return { pin, ...describeComparison(image, await compareWithTag(image, run.lookups)) };
}

function unasked(pin: Pin, problem: Problem): PinCheck {
  return { pin, status: "unknown", problem, newDigest: null };
}

/** A comparison as a pin's status. */
export function describeComparison(
  { tag, digest, format }: Pick<DigestPinnedImage, "tag" | "digest" | "format">,
  comparison: Comparison,
): Pick<PinCheck, "status" | "problem" | "newDigest"> {
  switch (comparison.outcome) {
    case "fresh":
      return { status: "fresh", problem: null, newDigest: null };
    case "stale": {
      const newDigest = comparison.current.digest;
      const message =
        format === "manifest"
          ? `The tag "${tag}" has another manifest now, ${shortDigest(newDigest)}; update the pin.`
          : `The tag "${tag}" moved from ${shortDigest(digest)} to ${shortDigest(newDigest)}; update the pin.`;
      return { status: "stale", problem: { code: "digest-stale", message }, newDigest };
    }
    case "gone":
      return { status: "gone", problem: comparison.problem, newDigest: comparison.current?.digest ?? null };
    case "tag-missing":
      return { status: "unknown", problem: comparison.problem, newDigest: null };
  }
}
