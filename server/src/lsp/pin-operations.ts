import { CodedError, fail, isAbort, type Problem, type Result, succeed } from "../base/errors.ts";
import type { PinChange } from "../nix/edit.ts";
import type { Pin, TextOf } from "../nix/pin.ts";
import type { Digest } from "../oci/digest.ts";
import { checkPins } from "../pins/check.ts";
import { rehashPin } from "../pins/rehash.ts";
import { type PinUpdate, updatePins } from "../pins/update.ts";
import { combineChecks, combineVerifications } from "../pins/variants.ts";
import { verifyPins } from "../pins/verify.ts";
import type { PrefetchProgress } from "../prefetch/prefetch.ts";
import type { Activities } from "./activities.ts";
import type { FactsReader } from "./facts-reader.ts";
import { knowledgeKeyOf } from "./pin-identity.ts";
import type { PinKnowledgeStore } from "./pin-knowledge.ts";
import type { PinLessons } from "./pin-lessons.ts";
import type { PinRuns } from "./pin-runs.ts";
import type { PinView } from "./pin-view.ts";
import type { RegistryAccess } from "./registry-access.ts";
import type { Settings } from "./settings.ts";
import { signInPlaceOf } from "./sign-in-place.ts";
import type { SignIns } from "./sign-ins.ts";
import { waitingProgress } from "./waiting-progress.ts";

export interface OperationOptions {
  readonly settings: Settings;
  readonly signal: AbortSignal;
  /** The user asked for this pin: no earlier answer of the registry will do. */
  readonly isFresh: boolean;
  /** The user waits for it, and may be asked to sign in. */
  readonly isAttended: boolean;
  readonly onProgress?: (progress: PrefetchProgress) => void;
}

/**
 * What can be done for one pin. What comes of it is known of the pin afterwards, failures too. Null when it was cancelled
 * by the user, or by another operation on the pin.
 */
export interface PinOperations {
  check(view: PinView, options: OperationOptions): Promise<Result<void> | null>;
  /** Finds out what the pin should state; edits nothing. `textOf` gives the files that it stands in. */
  update(view: PinView, textOf: TextOf, options: OperationOptions): Promise<Result<PinUpdate> | null>;
  /** As `update`, but the digest stays. */
  rehash(view: PinView, options: OperationOptions): Promise<Result<PinChange> | null>;
  verify(view: PinView, options: OperationOptions): Promise<Result<void> | null>;
  cancel(view: PinView): void;
}

interface Parts {
  readonly knowledge: PinKnowledgeStore;
  readonly activities: Activities;
  readonly runs: PinRuns;
  readonly access: RegistryAccess;
  readonly facts: FactsReader;
  readonly lessons: PinLessons;
  readonly signIns: Pick<SignIns, "offer">;
}

export function createPinOperations(parts: Parts): PinOperations {
  const { knowledge, activities, runs, access, facts, lessons, signIns } = parts;

  /** Runs `work` as the pin's activity; a coded error is its result, and known of the pin. */
  const attempt = async <T>(
    view: PinView,
    kind: NonNullable<PinView["activity"]>["kind"],
    { signal, settings, isFresh, onProgress }: OperationOptions,
    work: (signal: AbortSignal, onProgress: (progress: PrefetchProgress) => void) => Promise<T>,
  ): Promise<Result<T> | null> => {
    const key = knowledgeKeyOf(view.assessment);
    const { image, problem } = view.assessment;
    if (key === null || image === null) return problem === null ? null : { ok: false, problem };
    return activities.run(key, kind, signal, async (bounded, show) => {
      try {
        if (isFresh && isWantOfCredentials(view.failure)) access.readCredentialsAgain();
        if (isFresh) access.registry(settings).forget(image.target);
        const advance = (progress: PrefetchProgress) => {
          show(progress);
          onProgress?.(progress);
        };
        return succeed(await work(bounded, advance));
      } catch (error) {
        if (isAbort(error, bounded) || !(error instanceof CodedError)) throw error;
        // Want of trust is no failure of the pin's.
        if (error.code !== "workspace-untrusted") lessons.failed(view, error);
        return fail(error.code, error.message);
      }
    });
  };

  const start = (settings: Settings, signal: AbortSignal, onProgress: (progress: PrefetchProgress) => void) =>
    runs.start(settings, signal, {
      onEvent: (event) => {
        if (event.kind === "progress") onProgress(event.progress);
      },
      onWait: (wait) => onProgress(waitingProgress(wait)),
    });

  /** Lets the user sign in where that is all that was wanting, and then does it again. */
  const signingIn = async <T>(view: PinView, options: OperationOptions, run: () => Promise<T>): Promise<T> => {
    const { settings, signal, isAttended } = options;
    const key = knowledgeKeyOf(view.assessment);
    const failure = () => (key === null ? null : knowledge.get(key).failure);
    const before = failure();
    const result = await run();
    const after = failure();
    if (!isAttended || after === before || after?.code !== "registry-unauthorized") return result;
    const place = signInPlaceOf(view, await access.rules(settings.registries), view.pin.file);
    return (await signIns.offer(place, signal)) ? run() : result;
  };

  /** When the tag moved, which its image tells; the status does not wait for that. */
  const learnOfNew = async (view: PinView, digest: Digest, { settings, signal }: OperationOptions) => {
    const key = knowledgeKeyOf(view.assessment);
    const newFacts = await facts.read(view, digest, settings, signal);
    if (key !== null && newFacts !== null) knowledge.set(key, { newFacts });
  };

  return {
    async check(view, options) {
      const checked = await signingIn(view, options, () =>
        attempt(view, "checking", options, async (signal, onProgress) => {
          const run = start(options.settings, signal, onProgress);
          const check = await perVariant(view, (pins) => checkPins(pins, run), combineChecks, lessons.checked);
          return check.newDigest;
        }),
      );
      if (checked?.ok && checked.value !== null) await learnOfNew(view, checked.value, options);
      return checked?.ok ? succeed(undefined) : checked;
    },
    update: (view, textOf, options) =>
      signingIn(view, options, () =>
        attempt(view, "prefetching", options, async (signal, onProgress) => {
          const run = start(options.settings, signal, onProgress);
          const [update] = await updatePins([{ pin: view.pin, textOf }], run, async () => {});
          if (update === undefined) throw new TypeError("one pin has one update");
          lessons.updated(view, update);
          return update;
        }),
      ),
    rehash: (view, options) =>
      signingIn(view, options, () =>
        attempt(view, "prefetching", options, (signal, onProgress) =>
          rehashPin(view.assessment, start(options.settings, signal, onProgress)),
        ),
      ),
    verify: (view, options) =>
      signingIn(view, options, () =>
        attempt(view, "verifying", options, async (signal, onProgress) => {
          const run = start(options.settings, signal, onProgress);
          await perVariant(view, (pins) => verifyPins(pins, run), combineVerifications, lessons.verified);
        }),
      ),
    cancel({ assessment }) {
      const key = knowledgeKeyOf(assessment);
      if (key !== null) activities.cancel(key);
    },
  };
}

function isWantOfCredentials(failure: Problem | null): boolean {
  return failure?.code === "registry-unauthorized" || failure?.code === "registry-denied";
}

/** Works on a pin, or on each of its variants, and learns of these and of all together. */
async function perVariant<T>(
  view: PinView,
  work: (pins: readonly Pin[]) => Promise<readonly T[]>,
  combine: (pin: Pin, results: readonly T[]) => T,
  learn: (view: PinView, result: T) => void,
): Promise<T> {
  const { pin, variants } = view;
  const results = await work(variants.length === 0 ? [pin] : variants.map((variant) => variant.pin));
  for (const [index, variant] of variants.entries()) {
    const result = results[index];
    if (result !== undefined) learn(variant, result);
  }
  const [only] = results;
  const whole = variants.length === 0 && only !== undefined ? only : combine(pin, results);
  learn(view, whole);
  return whole;
}

/** Why an operation came to nothing; null when it came to something, or was cancelled. */
export function problemOf(result: Result<unknown> | null): Problem | null {
  return result === null || result.ok ? null : result.problem;
}
