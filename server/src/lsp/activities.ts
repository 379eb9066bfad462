import { isAbort } from "../base/errors.ts";
import type { PrefetchProgress } from "../prefetch/prefetch.ts";
import type { PinKnowledgeStore } from "./pin-knowledge.ts";
import type { PinView } from "./pin-view.ts";

type Activity = NonNullable<PinView["activity"]>;

/** What runs for pins. One thing at a time for all pins that say the same; what was asked for later takes over. */
export interface Activities {
  /** Runs `work` and shows it meanwhile; null when `cancel` or another activity ended it. */
  run<T>(
    key: string,
    kind: Activity["kind"],
    signal: AbortSignal,
    work: (signal: AbortSignal, onProgress: (progress: PrefetchProgress) => void) => Promise<T>,
  ): Promise<T | null>;
  cancel(key: string): void;
}

export function createActivities(knowledge: PinKnowledgeStore): Activities {
  const running = new Map<string, AbortController>();
  return {
    async run(key, kind, signal, work) {
      signal.throwIfAborted();
      running.get(key)?.abort();
      const controller = new AbortController();
      running.set(key, controller);
      const isCurrent = () => running.get(key) === controller;
      knowledge.set(key, { activity: kind === "checking" ? { kind } : { kind, progress: null } });
      try {
        return await work(AbortSignal.any([signal, controller.signal]), (progress) => {
          if (isCurrent()) knowledge.set(key, { activity: activityOf(kind, progress) }, "progress");
        });
      } catch (error) {
        signal.throwIfAborted();
        if (isAbort(error, controller.signal)) return null;
        throw error;
      } finally {
        if (isCurrent()) {
          running.delete(key);
          knowledge.set(key, { activity: null });
        }
      }
    },
    cancel: (key) => running.get(key)?.abort(),
  };
}

function activityOf(kind: Activity["kind"], progress: PrefetchProgress): Activity {
  if (kind !== "checking") return { kind, progress };
  return progress.waiting === null ? { kind } : { kind, waiting: progress.waiting };
}
