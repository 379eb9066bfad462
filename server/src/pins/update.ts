import type { Problem } from "../base/errors.ts";
import { type PinChange, planPinEdits } from "../nix/edit.ts";
import type { Pin } from "../nix/pin.ts";
import type { Digest } from "../oci/digest.ts";
import { type Assessment, assessPin, type PinnedImage, unsupportedCallee } from "./assess.ts";
import { describeComparison } from "./check.ts";
import { type Comparison, type CurrentDigest, compareWithTag, digestOfTag, hasDigest } from "./compare.ts";
import { forEachPin, isHostDependent, type PinRun, prefetchFor } from "./run.ts";
import type { PinStatus } from "./status.ts";

/** What became of a pin: `skipped` on purpose, `failed` although it was wanted. */
export type UpdateOutcome = "updated" | "unchanged" | "skipped" | "failed";

export interface PinUpdate {
  readonly pin: Pin;
  /** Before the update. */
  readonly status: PinStatus;
  readonly outcome: UpdateOutcome;
  /** Why the pin was not updated, or what the update mended. */
  readonly problem: Problem | null;
  /** What the pin should state; null unless the outcome is `updated`. */
  readonly change: PinChange | null;
  /** The hash is right for the pin's platform only, since the pin has an index digest and no arch. */
  readonly hostDependent: boolean;
  readonly warnings: readonly string[];
}

/** A pin and the text of its file. */
export interface PinInText {
  readonly pin: Pin;
  readonly text: string;
}

/**
 * What every pin should state: a stale, gone or missing digest becomes the tag's current one, of the kind that the pin
 * had, with its hash; a fresh digest without a real hash gets the hash. A pin that has both is not downloaded: its hash
 * is trusted here, and `verifyPins` checks it. `settled` is awaited after each pin.
 */
export function updatePins<P extends PinInText>(
  items: readonly P[],
  run: PinRun,
  settled: (item: P, update: PinUpdate) => Promise<void>,
): Promise<PinUpdate[]> {
  return forEachPin(
    items,
    run,
    async ({ pin, text }) => updatePin(assessPin(pin, run.settings), text, run),
    ({ pin }, problem) => leave(pin, "unknown", "failed", problem),
    settled,
  );
}

async function updatePin(assessment: Assessment, text: string, run: PinRun): Promise<PinUpdate> {
  const { pin, image, problem } = assessment;
  if (assessment.status === "ignored") return leave(pin, "ignored", "skipped", problem);
  if (image === null) return leave(pin, assessment.status, "failed", problem);

  const comparison = hasDigest(image) ? await compareWithTag(image, run.lookups) : null;
  const seen = hasDigest(image) && comparison !== null ? describeComparison(image, comparison) : null;
  const status = assessment.status === "incomplete" || seen === null ? assessment.status : seen.status;
  const reason = assessment.status === "incomplete" ? problem : (seen?.problem ?? problem);
  const needsHash = assessment.status === "incomplete";
  if (comparison?.outcome === "fresh" && !needsHash) return leave(pin, status, "unchanged", null);
  if (comparison?.outcome === "tag-missing" && !needsHash) {
    return leave(pin, status, pin.followedTag.from === "directive" ? "failed" : "skipped", reason);
  }

  const obstacle = unsupportedCallee(pin) ?? assessment.obstacle;
  if (obstacle !== null) return leave(pin, status, "failed", obstacle);
  const current = comparison === null ? await digestOfTag(image, run.lookups) : currentOf(image, comparison);
  if (current === null) return leave(pin, status, "failed", reason);
  const uneditable = findUneditable(text, pin, current.digest);
  if (uneditable !== null) return leave(pin, "computed", "failed", uneditable);

  const prefetched = await prefetchFor(pin, image, current, run);
  return {
    pin,
    status,
    outcome: "updated",
    problem: reason,
    change: { imageDigest: current.digest, hash: prefetched.archiveDigest },
    hostDependent: isHostDependent(image, prefetched),
    warnings: prefetched.warnings,
  };
}

function currentOf(image: PinnedImage, comparison: Comparison): CurrentDigest | null {
  if (comparison.outcome !== "tag-missing") return comparison.current;
  // The pinned digest is there, so its hash can be filled in whatever the tag is called.
  return image.digest === null ? null : { digest: image.digest, platform: image.platform };
}

/** Why the pin's text can't take a new digest and hash, asked before anything is downloaded for it. */
function findUneditable(text: string, pin: Pin, imageDigest: Digest): Problem | null {
  const planned = planPinEdits(() => text, pin, { imageDigest, hash: imageDigest });
  // Pins that share a literal may turn out to agree.
  return planned.ok || planned.problem.code === "value-shared" ? null : planned.problem;
}

function leave(pin: Pin, status: PinStatus, outcome: UpdateOutcome, problem: Problem | null): PinUpdate {
  return { pin, status, outcome, problem, change: null, hostDependent: false, warnings: [] };
}
