import type { Descriptor } from "../oci/manifest.ts";
import { type BlobSource, isMismatch } from "./blob-source.ts";
import type { DownloadBudget } from "./download-budget.ts";

/** Bytes that a blob may hold ahead of its reader while there is no lack of bytes: smaller ones wait as a whole. */
export const WINDOW = 4 * 1024 * 1024;
/** Bytes of the largest piece that comes from a connection: so much is held before one is asked for. */
const PIECE = 64 * 1024;
/** Bytes kept of the end of what was received: trailers are far shorter. */
const END = 1024;

export interface DownloadTerms {
  readonly blobs: BlobSource;
  readonly budget: DownloadBudget;
  readonly signal: AbortSignal;
  /** Whether a download may hold more than a window. */
  readonly mayGrow: (download: BlobDownload) => boolean;
  /** So many bytes came for a reader that starves. */
  readonly onStarved: (download: BlobDownload, bytes: number) => void;
  /** The download is over, or began or ceased to starve. */
  readonly onChange: (download: BlobDownload) => void;
}

/** Bytes that must be held before the download of a blob may begin ahead: all of a small one, which then never waits. */
export function firstHold({ size }: Descriptor): number {
  return size <= WINDOW ? size : PIECE;
}

/**
 * The download of one blob, which runs ahead of its reader as far as it may: a window, or more by `mayGrow`. The budget must
 * have room for it, but not for the window of a blob that is read. Beyond that nothing is taken from the source.
 */
export class BlobDownload {
  readonly blob: Descriptor;
  /** Resolves, never rejects, when nothing more comes. */
  readonly over: Promise<void>;
  /** Resolves when the download is over, or has given more than the manifest claims, so that nobody knows when it will be. */
  readonly isReceived: Promise<void>;
  readonly #terms: DownloadTerms;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  /** What was not given yet. */
  #chunks: Uint8Array[] = [];
  /** Bytes of those chunks. */
  #waiting = 0;
  /** Bytes held for what is still to come. */
  #reserved: number;
  #received = 0;
  #end: Uint8Array = new Uint8Array(0);
  #failure: { readonly error: unknown } | null = null;
  #isOver = false;
  #isRead = false;
  #isGiven = false;
  #isStarving = false;
  #wakeSource = () => {};
  #wakeReader = () => {};
  #tellReceived = () => {};

  /** @param held bytes that the budget holds for it already, which is `firstHold`; null when it is read at once */
  constructor(blob: Descriptor, copy: "any" | "fresh", held: number | null, terms: DownloadTerms) {
    this.blob = blob;
    this.#terms = terms;
    this.#reserved = held ?? 0;
    this.#isRead = held === null;
    this.isReceived = new Promise((resolve) => {
      this.#tellReceived = resolve;
    });
    this.#signal = AbortSignal.any([terms.signal, this.#stop.signal]);
    const wake = () => {
      this.#wakeSource();
      this.#wakeReader();
    };
    this.#signal.addEventListener("abort", wake, { once: true });
    this.over = this.#download(copy).finally(() => this.#signal.removeEventListener("abort", wake));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Whether the reader is faster than the network. It is from when it finds nothing until a window is full: in between
   * nothing is known, and what was the case may go on.
   */
  get isStarving(): boolean {
    return this.#isStarving;
  }

  /** Why there will be no more, which its reader is told too. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /** Bytes that wait for the reader. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Bytes that are still to come, as the manifest claims. */
  get missing(): number {
    return this.#isOver ? 0 : Math.max(0, this.blob.size - this.#received);
  }

  /** The last bytes of the blob, when all have come; else null. */
  end(count: number): Uint8Array | null {
    const isKnown = this.#isOver && this.#failure === null && (count <= END || this.#received <= END);
    return isKnown ? this.#end.slice(Math.max(0, this.#end.length - count)) : null;
  }

  /** Looks again whether more may be received. */
  resume(): void {
    this.#wakeSource();
  }

  /** Tells that `read` will follow, so that no bound holds any more. */
  claim(): void {
    this.#isRead = true;
    this.#wakeSource();
  }

  /** The blob's bytes, once. Errors: those of the source; the signal's reason. */
  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        this.#signal.throwIfAborted();
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.#give(chunk);
          yield chunk;
        } else if (this.#failure !== null) throw this.#failure.error;
        else if (this.#isOver) return;
        else {
          const arrival = new Promise<void>((resolve) => {
            this.#wakeReader = resolve;
          });
          this.#setStarving(true);
          await arrival;
        }
      }
    } finally {
      await this.stop();
    }
  }

  /** Stops the download, forgets what waits, and waits until it has stopped. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#forget();
    await this.over;
    this.#forget();
  }

  async #download(copy: "any" | "fresh"): Promise<void> {
    try {
      try {
        await this.#receive(copy);
      } catch (error) {
        // A cache on the way may hold a bad copy. Who was given some of it must begin again, which only the reader can.
        if (copy === "fresh" || this.#isGiven || !isMismatch(error)) throw error;
        this.#reserved += this.#waiting;
        this.#clear();
        this.#received = 0;
        await this.#receive("fresh");
      }
    } catch (error) {
      this.#failure = { error: this.#signal.aborted ? this.#signal.reason : error };
    } finally {
      this.#isOver = true;
      // A copy, or it would hold all of the chunk in memory.
      this.#end = Buffer.from(this.#end);
      this.#terms.budget.release(this.#reserved);
      this.#reserved = 0;
      this.#isStarving = false;
      this.#wakeReader();
      this.#tellReceived();
      this.#terms.onChange(this);
    }
  }

  async #receive(copy: "any" | "fresh"): Promise<void> {
    await this.#room();
    for await (const chunk of this.#terms.blobs.open(this.blob, this.#signal, copy)) {
      this.#take(chunk);
      await this.#room();
    }
  }

  async #room(): Promise<void> {
    while (!this.#hasRoom()) {
      await new Promise<void>((resolve) => {
        this.#wakeSource = resolve;
      });
    }
    this.#signal.throwIfAborted();
  }

  #hasRoom(): boolean {
    if (this.#signal.aborted) return true;
    const isComplete = this.#received === this.blob.size;
    const bytes = isComplete ? 0 : Math.min(PIECE, this.missing || PIECE);
    const isBeyond = this.#waiting >= WINDOW && !isComplete;
    if (isBeyond && this.#isRead) this.#setStarving(false);
    if (isBeyond && !this.#terms.mayGrow(this)) return false;
    return this.#reserve(bytes, this.#isRead && !isBeyond);
  }

  #reserve(bytes: number, isUrgent: boolean): boolean {
    const lacking = Math.max(0, bytes - this.#reserved);
    const { budget } = this.#terms;
    if (isUrgent) budget.hold(lacking);
    else if (lacking > 0 && !budget.tryHold(lacking)) return false;
    this.#reserved += lacking;
    return true;
  }

  #take(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    const fromReserved = Math.min(this.#reserved, chunk.length);
    this.#reserved -= fromReserved;
    this.#terms.budget.hold(chunk.length - fromReserved);
    this.#received += chunk.length;
    if (this.#isStarving) this.#terms.onStarved(this, chunk.length);
    this.#waiting += chunk.length;
    this.#chunks.push(chunk);
    this.#end = chunk.length >= END ? chunk.subarray(-END) : Buffer.concat([this.#end, chunk]).subarray(-END);
    this.#wakeReader();
    if (this.#received > this.blob.size) this.#tellReceived();
  }

  #give(chunk: Uint8Array): void {
    this.#isGiven = true;
    this.#waiting -= chunk.length;
    this.#terms.budget.release(chunk.length);
    this.#wakeSource();
  }

  #forget(): void {
    this.#terms.budget.release(this.#waiting);
    this.#clear();
  }

  #clear(): void {
    this.#chunks = [];
    this.#waiting = 0;
  }

  #setStarving(isStarving: boolean): void {
    if (this.#isStarving === isStarving) return;
    this.#isStarving = isStarving;
    this.#terms.onChange(this);
  }
}
