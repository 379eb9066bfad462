import { orAborted } from "../base/abort.ts";
import type { RequestOptions } from "./client.ts";

/** Work that many wait for and that is done once at a time per key. */
export interface SharedWork<T> {
  /**
   * The result of the running work for `key`, or of `work`, started now. Everyone who waits is told of its waits. Who
   * aborts leaves alone, with the signal's reason; the work is aborted when nobody waits any more.
   */
  join(key: string, options: RequestOptions, work: (options: RequestOptions) => Promise<T>): Promise<T>;
}

interface Running<T> {
  readonly promise: Promise<T>;
  readonly waiters: Set<RequestOptions>;
  readonly controller: AbortController;
}

export function createSharedWork<T>(): SharedWork<T> {
  const running = new Map<string, Running<T>>();

  const start = (key: string, work: (options: RequestOptions) => Promise<T>): Running<T> => {
    const waiters = new Set<RequestOptions>();
    const controller = new AbortController();
    const promise = work({
      signal: controller.signal,
      onWait: (wait) => {
        for (const { onWait } of waiters) onWait?.(wait);
      },
    });
    const started = { promise, waiters, controller };
    running.set(key, started);
    return started;
  };
  return {
    async join(key, options, work) {
      options.signal?.throwIfAborted();
      const joined = running.get(key) ?? start(key, work);
      const waiter = { ...options };
      joined.waiters.add(waiter);
      try {
        return await orAborted(joined.promise, options.signal);
      } finally {
        joined.waiters.delete(waiter);
        if (joined.waiters.size === 0) {
          if (running.get(key) === joined) running.delete(key);
          joined.controller.abort();
        }
      }
    },
  };
}
