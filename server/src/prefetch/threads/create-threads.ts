import { ThreadArchiveHash } from "./archive-hash.ts";
import { ChannelPool } from "./channel.ts";
import { inflateLayer } from "./inflated-layer.ts";
import { SavedHashes } from "./saved-hashes.ts";
import { type Connection, ThreadClient } from "./thread-client.ts";
import type { Threads } from "./threads.ts";

/** What is still in use. */
export interface ThreadsInUse {
  readonly channels: number;
  /** Calls that were not answered. */
  readonly calls: number;
}

export interface ObservableThreads extends Threads {
  inUse(): ThreadsInUse;
}

/** Threads that start when they are first needed, and anew when they have ended. */
export function createThreads(inflaters: number, connect: () => Promise<Connection>): ObservableThreads {
  const pool = new ChannelPool(inflaters + 2);
  const inflating = Array.from({ length: inflaters }, () => new RestartedThread(connect));
  const hashing = new RestartedThread(connect);
  const saved = new SavedHashes();
  // One that unpacks alone has more to do than the one that hashes archives, which has the same bytes in its hands.
  const leavesDigest = inflaters === 1;
  let hashes = 0;
  return {
    inflaters,
    inflate: (blob, request) => {
      const thread = leastLoaded(inflating).get();
      return inflateLayer({ thread, pool, leavesDigest }, blob, request);
    },
    openArchiveHash: () => new ThreadArchiveHash(hashing.get(), ++hashes, saved),
    has: (state) => saved.has(state),
    forget: (state) => saved.forget(state),
    async close() {
      await Promise.all([...inflating, hashing].map((thread) => thread.close()));
    },
    inUse: () => ({
      channels: pool.open,
      calls: [...inflating, hashing].reduce((sum, { load }) => sum + load, 0),
    }),
  };
}

/** Of equals the first, so that no more threads start than are needed. */
function leastLoaded(threads: readonly RestartedThread[]): RestartedThread {
  return threads.reduce((least, thread) => (thread.load < least.load ? thread : least));
}

class RestartedThread {
  readonly #connect: () => Promise<Connection>;
  #client: ThreadClient | null = null;

  constructor(connect: () => Promise<Connection>) {
    this.#connect = connect;
  }

  get load(): number {
    return this.#client?.load ?? 0;
  }

  get(): ThreadClient {
    if (this.#client?.isAlive !== true) this.#client = new ThreadClient(this.#connect);
    return this.#client;
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }
}
