import type { Clock } from "../base/clock.ts";
import type { ErrorCode } from "../base/error-codes.ts";
import type { Problem } from "../base/errors.ts";

/** Registries that failed, and are left alone for a while by what nobody asked for. */
export interface BackOff {
  isBlocked(registry: string): boolean;
  /** Takes in what came of asking a registry; null when it answered. True when the registry is left alone from now on. */
  learn(registry: string, problem: Problem | null): boolean;
  /** What the last registry that is left alone said; null when there is none. */
  message(): string | null;
  clear(): void;
}

interface Failing {
  readonly until: number;
  readonly failures: number;
  readonly message: string;
}

/** Failures that would come again for every other image of the registry. */
const OF_THE_REGISTRY = new Set<ErrorCode>([
  "registry-unreachable",
  "registry-timeout",
  "registry-tls",
  "registry-rate-limited",
  "registry-failed",
  "token-failed",
]);
const FIRST_PAUSE = 2 * 60_000;
const LONGEST_PAUSE = 32 * 60_000;

export function createBackOff(clock: Clock): BackOff {
  const failing = new Map<string, Failing>();
  const isBlocked = (registry: string) => clock.now() < (failing.get(registry)?.until ?? 0);
  return {
    isBlocked,
    learn(registry, problem) {
      if (problem === null || !isOfRegistry(problem)) {
        failing.delete(registry);
        return false;
      }
      // Checks that were under way together fail together, which is one failure.
      if (isBlocked(registry)) return false;
      const failures = (failing.get(registry)?.failures ?? 0) + 1;
      const pause = Math.min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE);
      failing.delete(registry);
      failing.set(registry, { until: clock.now() + pause, failures, message: problem.message });
      return true;
    },
    message: () => [...failing.values()].findLast(({ until }) => clock.now() < until)?.message ?? null,
    clear: () => failing.clear(),
  };
}

/** Whether a problem is the registry's, not the image's. */
export function isOfRegistry({ code }: Problem): boolean {
  return OF_THE_REGISTRY.has(code);
}
