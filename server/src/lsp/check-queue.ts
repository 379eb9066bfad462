/** Checks that nobody waits for: few at once at each registry, so that none holds up another; what the user sees first. */
export interface CheckQueue {
  /** Puts a check in, or further to the front; one that runs or waits already is not doubled. */
  add(check: QueuedCheck, priority: "visible" | "open"): void;
  /** How many run at once at each registry from now on. */
  resize(concurrency: number): void;
  /** Forgets what waits and stops what runs. */
  clear(): void;
}

export interface QueuedCheck {
  readonly key: string;
  /** That is asked. */
  readonly registry: string;
  /** Asked when its turn has come: it may be of no use any more. */
  readonly isWanted: () => boolean;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** @param attend takes each run, which it must not leave unattended */
export function createCheckQueue(attend: (run: Promise<void>) => void): CheckQueue {
  let concurrency = 1;
  const waiting = { visible: new Map<string, QueuedCheck>(), open: new Map<string, QueuedCheck>() };
  const running = new Map<string, QueuedCheck>();
  let stopping = new AbortController();

  const next = (): QueuedCheck | undefined => {
    const asked = new Map<string, number>();
    for (const { registry } of running.values()) asked.set(registry, (asked.get(registry) ?? 0) + 1);
    for (const queue of [waiting.visible, waiting.open]) {
      for (const check of queue.values()) {
        if ((asked.get(check.registry) ?? 0) >= concurrency) continue;
        queue.delete(check.key);
        return check;
      }
    }
    return undefined;
  };
  const start = (check: QueuedCheck) => {
    running.set(check.key, check);
    const run = check.run(stopping.signal).finally(() => {
      if (running.get(check.key) === check) running.delete(check.key);
      pump();
    });
    attend(run);
  };
  const pump = () => {
    for (let check = next(); check !== undefined; check = next()) {
      if (check.isWanted()) start(check);
    }
  };

  return {
    add(check, priority) {
      if (running.has(check.key) || waiting.visible.has(check.key)) return;
      if (priority === "visible") waiting.open.delete(check.key);
      waiting[priority].set(check.key, check);
      pump();
    },
    resize(size) {
      concurrency = size;
      pump();
    },
    clear() {
      waiting.visible.clear();
      waiting.open.clear();
      // What is stopped is not waited for.
      running.clear();
      stopping.abort();
      stopping = new AbortController();
    },
  };
}
