import type { ThreadClient } from "./thread-client.ts";
import type { SavedHash } from "./threads.ts";

/** Far more than prefetches at once and the prefixes of known images need; the one saved first makes room. */
const LIMIT = 4096;

interface Kept {
  readonly thread: ThreadClient;
  /** The number by which the thread knows it. */
  readonly state: number;
}

/** The states that threads keep for this one. */
export class SavedHashes {
  readonly #kept = new Map<SavedHash, Kept>();
  #states = 0;

  add(thread: ThreadClient, size: number): { readonly saved: SavedHash; readonly state: number } {
    const [oldest] = this.#kept.size < LIMIT ? [] : this.#kept.keys();
    if (oldest !== undefined) this.forget(oldest);
    const saved = { size };
    const state = ++this.#states;
    this.#kept.set(saved, { thread, state });
    return { saved, state };
  }

  has(saved: SavedHash): boolean {
    return this.#kept.get(saved)?.thread.isAlive === true;
  }

  /** Null when it is not there, be it that it was forgotten or was another thread's. */
  find(thread: ThreadClient, saved: SavedHash): number | null {
    const kept = this.#kept.get(saved);
    return kept?.thread === thread && thread.isAlive ? kept.state : null;
  }

  forget(saved: SavedHash): void {
    const kept = this.#kept.get(saved);
    this.#kept.delete(saved);
    if (kept?.thread.isAlive === true) kept.thread.tell("forget", { state: kept.state });
  }
}
