import type { ErrorCode } from "../../base/error-codes.ts";
import type { Problem } from "../../base/errors.ts";
import type { PrefetchProgress } from "../../prefetch/prefetch.ts";
import type { PinView } from "../pin-view.ts";
import { isLeftAlone } from "../pin-views.ts";

/** The one thing that a user needs to know of a pin now. */
export type PinState =
  | { readonly kind: "checking"; readonly waiting?: string }
  | { readonly kind: "prefetching" | "verifying"; readonly progress: PrefetchProgress | null }
  | { readonly kind: "ignored" }
  /** Nothing that dockpin does can update it. */
  | { readonly kind: "blocked"; readonly problem: Problem }
  /** Something was tried in vain; `update` when an update is what is still wanted. */
  | { readonly kind: "failed"; readonly problem: Problem; readonly wanted: "check" | "update" }
  | { readonly kind: "incomplete"; readonly lacks: "digest" | "hash" | "sound values" }
  | { readonly kind: "unchecked" }
  | { readonly kind: "fresh"; readonly verified: boolean }
  | { readonly kind: "stale" }
  /** The registry has lost the digest; `tagIsThere` says whether there is one to put in its place. */
  | { readonly kind: "gone"; readonly tagIsThere: boolean }
  | { readonly kind: "tag-missing" }
  | { readonly kind: "wrong-hash" };

/** Failures that trying again does not mend, since the text of the file is what is in the way. */
const IN_THE_TEXT = new Set<ErrorCode>([
  "pin-computed",
  "value-shared",
  "syntax-error",
  "duplicate-attribute",
  "hash-attribute-conflict",
  "malformed-directive",
]);

const LACKED: Partial<Record<ErrorCode, "digest" | "hash">> = {
  "missing-digest": "digest",
  "missing-hash": "hash",
  "placeholder-hash": "hash",
};

/** What runs now goes before what failed, and that before what was learned earlier. */
export function pinState(view: PinView): PinState {
  const { activity, failure, assessment } = view;
  if (activity !== null) return activity;
  if (isLeftAlone(view)) return { kind: "ignored" };
  if (failure !== null) {
    if (IN_THE_TEXT.has(failure.code)) return { kind: "blocked", problem: failure };
    return { kind: "failed", problem: failure, wanted: wantsUpdate(view) ? "update" : "check" };
  }
  if (assessment.image === null) {
    return assessment.problem === null ? UNCHECKED : { kind: "blocked", problem: assessment.problem };
  }
  if (assessment.status === "incomplete") return incomplete(view);
  return checkedState(view);
}

/** Why digest and hash can't be rewritten, even if they are stale; null when they can. */
export function obstacleOf({ assessment }: PinView): Problem | null {
  return assessment.obstacle;
}

function wantsUpdate({ assessment, check }: PinView): boolean {
  const status = check?.result.status;
  return assessment.status === "incomplete" || status === "stale" || status === "gone";
}

const UNCHECKED: PinState = { kind: "unchecked" };

function incomplete(view: PinView): PinState {
  const obstacle = obstacleOf(view);
  if (obstacle !== null) return { kind: "blocked", problem: obstacle };
  const code = view.assessment.problem?.code;
  return { kind: "incomplete", lacks: (code === undefined ? undefined : LACKED[code]) ?? "sound values" };
}

function checkedState(view: PinView): PinState {
  const { check, verification } = view;
  const obstacle = obstacleOf(view);
  if (verification?.status === "wrongHash" && obstacle === null) return { kind: "wrong-hash" };
  if (check === null) return view.assessment.obstacle === null ? UNCHECKED : blocked(view.assessment.obstacle);
  const { status, problem, newDigest } = check.result;
  switch (status) {
    case "fresh":
      return { kind: "fresh", verified: verification?.status === "verified" };
    case "stale":
      return obstacle === null ? { kind: "stale" } : blocked(obstacle);
    case "gone":
      return obstacle === null ? { kind: "gone", tagIsThere: newDigest !== null } : blocked(obstacle);
    default:
      if (problem === null) return UNCHECKED;
      if (problem.code === "tag-not-found") return { kind: "tag-missing" };
      return { kind: "failed", problem, wanted: "check" };
  }
}

function blocked(problem: Problem): PinState {
  return { kind: "blocked", problem };
}
