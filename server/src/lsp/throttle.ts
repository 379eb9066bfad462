import type { Clock } from "../base/clock.ts";

/** Runs `work` soon after it was asked for, however often that was, and never before `pause` milliseconds are over. */
export function createThrottle(
  clock: Clock,
  { delay, pause, signal }: { readonly delay: number; readonly pause: number; readonly signal: AbortSignal },
  work: () => Promise<void>,
): () => Promise<void> {
  let pending: Promise<void> | null = null;
  let lastEnd = Number.NEGATIVE_INFINITY;
  return () => {
    pending ??= (async () => {
      await clock.sleep(Math.max(delay, lastEnd + pause - clock.now()), signal);
      pending = null;
      await work();
      lastEnd = clock.now();
    })();
    return pending;
  };
}
