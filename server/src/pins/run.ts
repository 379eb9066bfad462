import { mapConcurrently } from "../base/concurrency.ts";
import { CodedError, isAbort, type Problem } from "../base/errors.ts";
import type { Pin } from "../nix/pin.ts";
import type { PrefetchedImage, PrefetchProgress, PrefetchRequest } from "../prefetch/prefetch.ts";
import type { PinnedImage, PinSettings } from "./assessment.ts";
import type { CurrentDigest } from "./comparison.ts";
import type { Lookups } from "./lookups.ts";

/** Computes a digest and hash; `prefetchImage` with everything but the request given. */
export type Prefetch = (
  request: PrefetchRequest,
  onProgress: (progress: PrefetchProgress) => void,
) => Promise<PrefetchedImage>;

/** What one run over many pins shares. */
export interface PinRun {
  readonly settings: PinSettings;
  readonly lookups: Lookups;
  /** Each distinct request is computed once. */
  readonly prefetch: Prefetch;
  /** Images that are downloaded at once. Questions are small: the registry client alone bounds how many are asked. */
  readonly concurrency: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: PinEvent) => void;
}

/** What happens to one pin while a run is under way. */
export type PinEvent =
  | { readonly kind: "started"; readonly pin: Pin }
  | { readonly kind: "progress"; readonly pin: Pin; readonly progress: PrefetchProgress }
  | { readonly kind: "finished"; readonly pin: Pin };

/**
 * `work` for every item, `limit` at once, results in the order of the items. A coded error becomes the item's result
 * through `failed`; anything else, and an abort, ends the run. `settled` is awaited after each item.
 */
export async function forEachPin<P extends { readonly pin: Pin }, R>(
  items: readonly P[],
  limit: number,
  run: PinRun,
  work: (item: P) => Promise<R>,
  failed: (item: P, problem: Problem) => R,
  settled: (item: P, result: R) => Promise<void> = async () => {},
): Promise<R[]> {
  return mapConcurrently(items, limit, async (item) => {
    run.signal?.throwIfAborted();
    run.onEvent?.({ kind: "started", pin: item.pin });
    const result = await orProblem(work(item), run, (problem) => failed(item, problem));
    run.onEvent?.({ kind: "finished", pin: item.pin });
    await settled(item, result);
    return result;
  });
}

/** What `failed` makes of a coded error; anything else, and an abort, is thrown on. */
export async function orProblem<R>(
  work: Promise<R>,
  { signal }: Pick<PinRun, "signal">,
  failed: (problem: Problem) => R,
): Promise<R> {
  try {
    return await work;
  } catch (error) {
    if (isAbort(error, signal) || !(error instanceof CodedError)) throw error;
    return failed(error);
  }
}

/**
 * The hash of a digest of an image, in its format and under its final reference. A pinned manifest has nothing to hash.
 *
 * @param pin whose progress is told
 */
export function prefetchFor(
  pin: Pin,
  image: PinnedImage,
  { digest, platform }: CurrentDigest,
  run: PinRun,
): Promise<PrefetchedImage> {
  const { target, format, finalImageName, finalImageTag } = image;
  if (format === "manifest") throw new TypeError("a pinned manifest has nothing to hash");
  return run.prefetch({ target, reference: digest, platform, format, finalImageName, finalImageTag }, (progress) =>
    run.onEvent?.({ kind: "progress", pin, progress }),
  );
}

/** `prefetch` that computes equal requests once; only the first of them reports progress. */
export function prefetchOnce(prefetch: Prefetch): Prefetch {
  const answers = new Map<string, Promise<PrefetchedImage>>();
  return (request, onProgress) => {
    const key = JSON.stringify(request, (_, value: unknown) =>
      typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).sort()) : value,
    );
    let answer = answers.get(key);
    if (answer === undefined) {
      answer = prefetch(request, onProgress);
      answers.set(key, answer);
    }
    return answer;
  };
}

/** Whether the hash is for one system only: `pullImage` takes the evaluating machine's arch where a pin states none. */
export function isHostDependent(image: PinnedImage, prefetched: PrefetchedImage): boolean {
  return prefetched.digestOf === "index" && !image.archStated;
}
