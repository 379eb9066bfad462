import type { Problem } from "../base/errors.ts";
import type { PinChange } from "../nix/edit.ts";
import type { Pin } from "../nix/pin.ts";
import type { Assessment } from "./assessment.ts";
import type { PinCheck } from "./check.ts";
import type { PinUpdate, UpdateOutcome } from "./update.ts";
import type { PinVerification } from "./verify.ts";

/**
 * A pin whose values differ from system to system is judged variant by variant, and the answers are put together here. What
 * is said of the pin is the worst that is said of a variant, its problem named by the systems that have it.
 */

/** What keeps a pin from being handled goes before what an update fills in. */
const ASSESSED_WORST_FIRST: readonly Assessment["status"][] = ["ignored", "computed", "incomplete", "unchecked"];

/** What the registry said goes before what could not be asked; one stale variant makes the pin stale. */
const CHECKED_WORST_FIRST: readonly PinCheck["status"][] = [
  "stale",
  "gone",
  "incomplete",
  "unknown",
  "computed",
  "ignored",
  "wrongHash",
  "unchecked",
  "fresh",
];

const VERIFIED_WORST_FIRST: readonly PinVerification["status"][] = [
  "wrongHash",
  "gone",
  "incomplete",
  "unknown",
  "computed",
  "ignored",
  "verified",
];

/** All is one edit: what fails for one variant fails for the pin. */
const OUTCOMES_IN_ORDER: readonly UpdateOutcome[] = ["failed", "updated", "skipped", "unchanged"];

/** Of the variants' assessments: the worst status; the first variant's image; the first obstacle. */
export function combineAssessments(pin: Pin, variants: readonly Assessment[]): Assessment {
  const { status, problem } = worstOf(variants, ASSESSED_WORST_FIRST);
  const isAskable = variants.every(({ image }) => image !== null);
  return {
    pin,
    status,
    problem,
    image: isAskable ? (variants[0]?.image ?? null) : null,
    obstacle: firstProblem(variants, ({ obstacle }) => obstacle),
    variants,
  };
}

/** Stale if one variant is, then gone, …; fresh if all are. The new digest is that of the first that has one. */
export function combineChecks(pin: Pin, variants: readonly PinCheck[]): PinCheck {
  const { status, problem } = worstOf(variants, CHECKED_WORST_FIRST);
  const newDigest = variants.find((variant) => variant.newDigest !== null)?.newDigest ?? null;
  return { pin, status, problem, newDigest, variants };
}

/** Wrong if one variant's hash is; the computed hash is then that one's, else the first one's. */
export function combineVerifications(pin: Pin, variants: readonly PinVerification[]): PinVerification {
  const { status, problem } = worstOf(variants, VERIFIED_WORST_FIRST);
  const telling = variants.find((variant) => variant.status === status) ?? variants[0];
  return {
    pin,
    status,
    problem,
    computedHash: telling?.computedHash ?? null,
    warnings: warningsOf(variants),
    variants,
  };
}

/** One change for all variants, which each of them has then: failed if one fails, unchanged if none changes. */
export function combineUpdates(pin: Pin, variants: readonly PinUpdate[]): PinUpdate {
  const outcome = OUTCOMES_IN_ORDER.find((each) => variants.some((variant) => variant.outcome === each)) ?? "unchanged";
  const having = variants.filter((variant) => variant.outcome === outcome);
  const changes = variants.flatMap(({ change }) => change ?? []);
  return {
    pin,
    status: worstOf(outcome === "failed" ? having : variants, CHECKED_WORST_FIRST).status,
    outcome,
    problem: problemOn(having, variants),
    change: outcome === "updated" ? combineChanges(changes) : null,
    hostDependent: variants.some(({ hostDependent }) => hostDependent),
    warnings: warningsOf(variants),
  };
}

/** The changes of a pin's variants, in their order, as the pin's: its own values are the first one's. */
export function combineChanges(variants: readonly PinChange[]): PinChange {
  const [first] = variants;
  if (first === undefined) throw new TypeError("a pin with variants has some");
  return { ...first, variants };
}

interface Judged<S> {
  readonly pin: Pin;
  readonly status: S;
  readonly problem: Problem | null;
}

/** The worst status, and the problem of the variants that have it. */
function worstOf<S>(variants: readonly Judged<S>[], worstFirst: readonly S[]): Pick<Judged<S>, "status" | "problem"> {
  const status = worstFirst.find((each) => variants.some((variant) => variant.status === each));
  if (status === undefined) throw new TypeError("a pin with variants has some");
  const having = variants.filter((variant) => variant.status === status);
  return { status, problem: problemOn(having, variants) };
}

/** The first problem of these variants, named by the systems of those that have it, unless all have it. */
function problemOn(
  having: readonly Omit<Judged<unknown>, "status">[],
  variants: readonly { readonly pin: Pin }[],
): Problem | null {
  const problem = having.find((variant) => variant.problem !== null)?.problem ?? null;
  if (problem === null) return null;
  const same = having.filter((variant) => variant.problem?.message === problem.message);
  const systems = same.flatMap(({ pin }) => pin.systems);
  if (same.length === variants.length || systems.length === 0) return problem;
  return { code: problem.code, message: `on ${systems.join(", ")}: ${problem.message}` };
}

function firstProblem(variants: readonly Assessment[], of: (variant: Assessment) => Problem | null): Problem | null {
  return problemOn(
    variants.map((variant) => ({ pin: variant.pin, problem: of(variant) })),
    variants,
  );
}

/** Of all variants, each once. */
function warningsOf(variants: readonly { readonly warnings: readonly string[] }[]): string[] {
  return [...new Set(variants.flatMap(({ warnings }) => warnings))];
}
