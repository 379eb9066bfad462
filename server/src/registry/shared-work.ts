/** Work that many wait for and that is done once at a time per key. */
export interface SharedWork<T> {
  /**
   * The result of the running work for `key`, or of `work`, started now. A waiter that aborts leaves alone, with its
   * signal's reason; the work goes on for the others.
   */
  join(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createSharedWork<T>(): SharedWork<T> {
  const running = new Map<string, Promise<T>>();
  return {
    join(key, work, signal) {
      let promise = running.get(key);
      if (promise === undefined) {
        promise = work().finally(() => running.delete(key));
        running.set(key, promise);
      }
      return orAborted(promise, signal);
    },
  };
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
