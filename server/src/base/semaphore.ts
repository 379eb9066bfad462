/** Lets so many pieces of work run at once; the others wait, first come first served. */
export interface Semaphore {
  /** Runs `work` when it may; rejects with the signal's reason when that aborts while it waits. */
  run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
  /** How many run at once from now on; what runs is left to run. */
  resize(permits: number): void;
}

export function createSemaphore(permits: number): Semaphore {
  const waiting = new Set<() => void>();
  let limit = permits;
  let running = 0;

  const admit = () => {
    for (const enter of waiting) {
      if (running >= limit) return;
      waiting.delete(enter);
      running += 1;
      enter();
    }
  };
  const entered = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      const leave = () => {
        waiting.delete(enter);
        reject(signal?.reason);
      };
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      signal?.addEventListener("abort", leave, { once: true });
      waiting.add(enter);
      admit();
    });

  return {
    async run(signal, work) {
      signal?.throwIfAborted();
      await entered(signal);
      try {
        return await work();
      } finally {
        running -= 1;
        admit();
      }
    },
    resize(size) {
      limit = size;
      admit();
    },
  };
}
