import type { Descriptor } from "../oci/manifest.ts";
import { type BlobSource, readBlob } from "./blob-source.ts";

/** What is fetched ahead waits in memory: small blobs, of which images have many, and few of them. */
const SIZE_AHEAD = 4 * 1024 * 1024;
const COUNT_AHEAD = 4;

/**
 * The chunks of blobs, one blob after the other. While one is read, small ones behind it are fetched already. The first
 * failure stops all downloads and is what the reader is told. Close it, or they go on. Errors: those of the source.
 */
export class BlobsAhead {
  readonly #blobs: BlobSource;
  readonly #order: readonly Descriptor[];
  readonly #fetches = new Map<Descriptor, Promise<Uint8Array[]>>();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;

  /** @param order the blobs in the order in which they will be read */
  constructor(blobs: BlobSource, order: readonly Descriptor[], signal: AbortSignal | undefined) {
    this.#blobs = blobs;
    this.#order = order;
    this.#signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal;
  }

  async *read(descriptor: Descriptor): AsyncGenerator<Uint8Array, void, undefined> {
    const position = this.#order.indexOf(descriptor);
    for (const next of this.#order.slice(position, position + COUNT_AHEAD)) this.#startFetch(next);
    try {
      const fetched = this.#fetches.get(descriptor);
      yield* fetched === undefined ? this.#blobs.open(descriptor, this.#signal) : await fetched;
      this.#fetches.delete(descriptor);
    } catch (error) {
      // Whatever a stopped download threw, the reason is the first failure, or the caller's abort.
      this.#signal.throwIfAborted();
      throw error;
    }
  }

  /** Waits until nothing is downloaded any more. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#fetches.values());
  }

  #startFetch(descriptor: Descriptor): void {
    if (descriptor.size > SIZE_AHEAD || this.#fetches.has(descriptor)) return;
    const fetched = this.#fetch(descriptor);
    fetched.catch((error: unknown) => this.#stop.abort(error));
    this.#fetches.set(descriptor, fetched);
  }

  #fetch(descriptor: Descriptor): Promise<Uint8Array[]> {
    return readBlob(this.#blobs, descriptor, this.#signal, async (content) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of content) {
        size += chunk.length;
        // More than the manifest says is of no use, and must not fill the memory.
        if (size <= descriptor.size) chunks.push(Uint8Array.from(chunk));
        else return [...chunks, chunk];
      }
      return chunks;
    });
  }
}
