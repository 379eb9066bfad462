import { orThrow, type Problem, type Result, succeed } from "../base/errors.ts";
import { createSemaphore, type Semaphore } from "../base/semaphore.ts";
import { type PinChange, planPinEdits } from "../nix/edit.ts";
import type { Pin, TextOf } from "../nix/pin.ts";
import type { Digest } from "../oci/digest.ts";
import { assessPin } from "./assess.ts";
import type { Assessment, PinnedImage } from "./assessment.ts";
import { describeComparison } from "./check.ts";
import { type Comparison, type CurrentDigest, compareWithTag, digestOfTag, hasDigest } from "./compare.ts";
import { labelOf } from "./label.ts";
import { manifestText } from "./manifest-file.ts";
import { forEachPin, isHostDependent, orProblem, type PinRun, prefetchFor } from "./run.ts";
import type { PinStatus } from "./status.ts";
import { combineChanges, combineUpdates } from "./variants.ts";

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

/** A pin and the texts that it and its values stand in. */
export interface PinInText {
  readonly pin: Pin;
  readonly textOf: TextOf;
}

/**
 * What every pin should state, all asked about at once and `run.concurrency` hashed at once: a stale, gone or missing digest becomes the tag's current one, of the kind that the pin
 * had, with its hash; a fresh digest without a real hash gets the hash. A pin that has both is not downloaded: its hash
 * is trusted here, and `verifyPins` checks it. A pin with variants gets one change for all of them, or none. `settled` is
 * awaited after each pin.
 */
export function updatePins<P extends PinInText>(
  items: readonly P[],
  run: PinRun,
  settled: (item: P, update: PinUpdate) => Promise<void>,
): Promise<PinUpdate[]> {
  const hashing = createSemaphore(run.concurrency);
  return forEachPin(
    items,
    Number.POSITIVE_INFINITY,
    run,
    async ({ pin, textOf }) => updatePin(assessPin(pin, run.settings), textOf, run, hashing),
    ({ pin }, problem) => leave(pin, "unknown", "failed", problem),
    settled,
  );
}

/** What is to be done for a pin without variants, or for one variant: nothing more, or a hash to be computed. */
type Plan = SettledPlan | HashPlan;

interface SettledPlan {
  readonly kind: "settled";
  readonly update: PinUpdate;
  /** What it states now, to be kept where another variant changes. */
  readonly kept: Result<PinChange>;
}

interface HashPlan {
  readonly kind: "hash";
  readonly pin: Pin;
  readonly image: PinnedImage;
  readonly current: CurrentDigest;
  readonly status: PinStatus;
  readonly reason: Problem | null;
  /** Of a pinned manifest, which has nothing to hash. */
  readonly ready: PinChange | null;
}

/** @param hashing bounds how many pins' hashes are computed at once */
async function updatePin(assessment: Assessment, textOf: TextOf, run: PinRun, hashing: Semaphore): Promise<PinUpdate> {
  const { pin, variants } = assessment;
  if (variants.length === 0) {
    const plan = await planUpdate(assessment, run);
    if (plan.kind === "settled") return plan.update;
    const uneditable = findUneditable(textOf, pin, placeholder(plan));
    if (uneditable !== null) return leave(pin, "computed", "failed", uneditable);
    return hashing.run(run.signal, () => computeHash(plan, pin, run));
  }
  const plans = await planVariants(variants, run);
  if (!plans.some(({ kind }) => kind === "hash") || plans.some(isFailed)) {
    return combineUpdates(pin, plans.map(postpone));
  }
  const uneditable = findUneditable(textOf, pin, combineChanges(plans.map(placeholder)));
  if (uneditable !== null) return leave(pin, "computed", "failed", uneditable);
  return combineUpdates(pin, await hashing.run(run.signal, () => computeVariants(plans, pin, run)));
}

/** A variant that can't keep what it states, while another changes, has failed. */
async function planVariants(variants: readonly Assessment[], run: PinRun): Promise<Plan[]> {
  const plans = await Promise.all(
    variants.map((variant) =>
      orProblem(planUpdate(variant, run), run, (problem) =>
        settle(variant, leave(variant.pin, "unknown", "failed", problem)),
      ),
    ),
  );
  if (!plans.some(({ kind }) => kind === "hash")) return plans;
  return plans.map((plan) =>
    plan.kind === "hash" || plan.kept.ok
      ? plan
      : { ...plan, update: leave(plan.update.pin, plan.update.status, "failed", plan.kept.problem) },
  );
}

/** One after the other, so that the pin's progress is that of one download; nothing more after a failure. */
async function computeVariants(plans: readonly Plan[], pin: Pin, run: PinRun): Promise<PinUpdate[]> {
  const updates: PinUpdate[] = [];
  for (const plan of plans) {
    const isInVain = updates.some(({ outcome }) => outcome === "failed");
    if (plan.kind === "settled") updates.push({ ...plan.update, change: plan.kept.ok ? plan.kept.value : null });
    else if (isInVain) updates.push(postpone(plan));
    else {
      const failed = (problem: Problem) => leave(plan.pin, "unknown", "failed", problem);
      updates.push(await orProblem(computeHash(plan, pin, run), run, failed));
    }
  }
  return updates;
}

async function planUpdate(assessment: Assessment, run: PinRun): Promise<Plan> {
  const { pin, image, problem } = assessment;
  const settled = (status: PinStatus, outcome: UpdateOutcome, why: Problem | null) =>
    settle(assessment, leave(pin, status, outcome, why));
  if (assessment.status === "ignored") return settled("ignored", "skipped", problem);
  if (image === null) return settled(assessment.status, "failed", problem);

  const comparison = hasDigest(image) ? await compareWithTag(image, run.lookups) : null;
  const seen = hasDigest(image) && comparison !== null ? describeComparison(image, comparison) : null;
  const status = assessment.status === "incomplete" || seen === null ? assessment.status : seen.status;
  const reason = assessment.status === "incomplete" ? problem : (seen?.problem ?? problem);
  const needsHash = assessment.status === "incomplete";
  if (comparison?.outcome === "fresh" && !needsHash) return settled(status, "unchanged", null);
  if (comparison?.outcome === "tag-missing" && !needsHash) {
    return settled(status, pin.followedTag.from === "directive" ? "failed" : "skipped", reason);
  }

  if (assessment.obstacle !== null) return settled(status, "failed", assessment.obstacle);
  const current = comparison === null ? await digestOfTag(image, run.lookups) : currentOf(image, comparison);
  if (current === null) return settled(status, "failed", reason);
  const ready = image.format === "manifest" ? await changeOfManifest(pin, image, current.digest, run) : null;
  return { kind: "hash", pin, image, current, status, reason, ready };
}

async function changeOfManifest(
  { manifestFile }: Pin,
  { target }: PinnedImage,
  imageDigest: Digest,
  { lookups }: PinRun,
): Promise<PinChange> {
  const manifest = manifestText(manifestFile?.text ?? "", await lookups.manifestBytes(target, imageDigest));
  return { imageDigest, hash: imageDigest, manifest };
}

/** @param shown the pin whose progress is told */
async function computeHash(
  { pin, image, current, status, reason, ready }: HashPlan,
  shown: Pin,
  run: PinRun,
): Promise<PinUpdate> {
  const updated = { pin, status, outcome: "updated", problem: reason } as const;
  if (ready !== null) return { ...updated, change: ready, hostDependent: false, warnings: [] };
  const prefetched = await prefetchFor(shown, image, current, run);
  return {
    ...updated,
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

/** Why the texts can't take new digests and hashes, asked before anything is downloaded for them. */
function findUneditable(textOf: TextOf, pin: Pin, change: PinChange): Problem | null {
  const planned = planPinEdits(textOf, pin, change);
  // Pins that share a literal may turn out to agree.
  return planned.ok || planned.problem.code === "value-shared" ? null : planned.problem;
}

/** A change of the right shape, before its hash is known. */
function placeholder(plan: Plan): PinChange {
  if (plan.kind === "settled") return orThrow(plan.kept);
  return plan.ready ?? { imageDigest: plan.current.digest, hash: plan.current.digest };
}

function settle({ pin, image, obstacle }: Assessment, update: PinUpdate): SettledPlan {
  if (image?.digest != null && image.hash !== null) {
    const manifest = pin.manifestFile?.text;
    const kept = { imageDigest: image.digest, hash: image.hash, ...(manifest !== undefined && { manifest }) };
    return { kind: "settled", update, kept: succeed(kept) };
  }
  const problem = obstacle ?? update.problem ?? unreadableValues(pin);
  return { kind: "settled", update, kept: { ok: false, problem } };
}

function unreadableValues(pin: Pin): Problem {
  return { code: "pin-computed", message: `The digest and hash of ${labelOf(pin)} cannot be read.` };
}

function isFailed(plan: Plan): boolean {
  return plan.kind === "settled" && plan.update.outcome === "failed";
}

/** What a plan comes to as long as nothing is computed. */
function postpone(plan: Plan): PinUpdate {
  return plan.kind === "settled" ? plan.update : leave(plan.pin, plan.status, "skipped", plan.reason);
}

function leave(pin: Pin, status: PinStatus, outcome: UpdateOutcome, problem: Problem | null): PinUpdate {
  return { pin, status, outcome, problem, change: null, hostDependent: false, warnings: [] };
}
