import { createSemaphore } from "../base/semaphore.ts";
import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { BlobDownload, type DownloadTerms, firstHold, WINDOW } from "./blob-download.ts";
import type { BlobSource } from "./blob-source.ts";
import type { BudgetMember, DownloadBudget } from "./download-budget.ts";

export type { DownloadBudget } from "./download-budget.ts";

/** Bytes of all blobs ahead while there is no lack of bytes: then it is of no use to have more. */
const AHEAD = 6 * WINDOW;
/** Blobs that grow beyond a window while there is a lack: more would take the network from those that are needed first. */
const GROWING = 2;
/**
 * Bytes that a starving reader must be given before it is the network that takes time. Until then what is ahead rests in full
 * windows and takes nothing from it: a network that can do more fills the reader's window meanwhile, and is found out.
 */
const TRIAL = 4 * WINDOW;
/** Ends that are asked for at once. */
const PROBES = 4;

/** The blobs of one image, downloaded ahead of their reader. Close them, or downloads go on. */
export interface BlobDownloads {
  /**
   * The bytes of a blob from its beginning: what came ahead, then the rest as it arrives. Every chunk is the reader's own.
   * Throws at the end unless they are verified. Reading the same blob again downloads it again.
   *
   * @param copy a fresh copy is one past caches on the way
   */
  read(blob: Descriptor, copy?: "any" | "fresh"): AsyncIterable<Uint8Array>;
  /**
   * The last bytes of a blob, unverified: taken from what waits in memory or is about to, else asked for by range. Null
   * when they are not to be had; only an abort is an error. The answer is kept.
   */
  end(blob: Descriptor, count: number): Promise<Uint8Array | null>;
  /** The blob will not be read: stops its download, and makes room. */
  drop(blob: Descriptor): void;
  /** Stops all downloads and waits until they have stopped. */
  close(): Promise<void>;
}

/** What downloads ahead need. */
export interface BlobDownloading {
  readonly blobs: BlobSource;
  /** Distinct blobs, in the order in which they will be read. */
  readonly order: readonly Descriptor[];
  /** Where they come from, for the bound on connections. */
  readonly host: string;
  readonly budget: DownloadBudget;
  readonly signal: AbortSignal | undefined;
  /** Told at once when a blob that nobody reads yet can't be had: all that is done until its turn would be in vain. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Begins to download the first blobs of the order. A blob that is read is bound by nothing but its reader, so prefetches
 * never wait for each other; only what runs ahead of readers is bound by the budget.
 *
 * While readers find bytes whenever they want some, work is what takes time: then it suffices that each blob is there when
 * its turn comes. While they starve, the network is, and what is ahead may fill the memory.
 */
export function createBlobDownloads(downloading: BlobDownloading): BlobDownloads {
  return new ImageDownloads(downloading);
}

class ImageDownloads implements BlobDownloads {
  readonly #terms: DownloadTerms;
  readonly #stop = new AbortController();
  readonly #member: BudgetMember;
  /** Blobs that nobody has begun to read, in order. */
  readonly #left: Map<Digest, Descriptor>;
  /** Downloads that nobody reads yet. */
  readonly #ahead = new Map<Digest, BlobDownload>();
  /** Those of them that are under way, which the host's bound counts. */
  readonly #counted = new Set<BlobDownload>();
  readonly #reading = new Map<Digest, BlobDownload>();
  readonly #ends = new Map<string, Promise<Uint8Array | null>>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #onFailure: (error: unknown) => void;
  readonly #probes = createSemaphore(PROBES);
  /** Bytes that the first readers were given while they starved, since one had enough. */
  #starved = 0;

  constructor({ blobs, order, host, budget, signal, onFailure }: BlobDownloading) {
    this.#onFailure = onFailure ?? (() => {});
    this.#left = new Map(order.filter(({ data }) => data === undefined).map((blob) => [blob.digest, blob]));
    this.#terms = {
      ...{ blobs, budget },
      signal: signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal,
      mayGrow: (download) => this.#mayGrow(download),
      onStarved: (download, bytes) => this.#starve(download, bytes),
      onChange: (download) => this.#change(download),
    };
    this.#member = budget.join(host, () => this.#advance());
    this.#advance();
  }

  async *read(blob: Descriptor, copy: "any" | "fresh" = "any"): AsyncGenerator<Uint8Array, void, undefined> {
    this.#terms.signal.throwIfAborted();
    const ahead = copy === "any" ? this.#ahead.get(blob.digest) : undefined;
    if (ahead === undefined) this.drop(blob);
    const download = ahead ?? this.#track(new BlobDownload(blob, copy, null, this.#terms));
    this.#left.delete(blob.digest);
    this.#ahead.delete(blob.digest);
    this.#reading.set(blob.digest, download);
    download.claim();
    this.#uncount(download);
    this.#advance();
    try {
      yield* download.read();
    } finally {
      if (this.#reading.get(blob.digest) === download) this.#reading.delete(blob.digest);
      this.#advance();
    }
  }

  end(blob: Descriptor, count: number): Promise<Uint8Array | null> {
    const key = `${count} ${blob.digest}`;
    const kept = this.#ends.get(key);
    if (kept !== undefined) return kept;
    const end = this.#findEnd(blob, count);
    this.#ends.set(key, end);
    this.#run(end);
    return end;
  }

  drop({ digest }: Descriptor): void {
    this.#left.delete(digest);
    const download = this.#ahead.get(digest);
    this.#ahead.delete(digest);
    if (download === undefined) return;
    this.#uncount(download);
    this.#run(download.stop());
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#left.clear();
    for (const download of [...this.#ahead.values(), ...this.#reading.values()]) this.#run(download.stop());
    this.#ahead.clear();
    this.#member.leave();
    this.#counted.clear();
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Begins what may run ahead, and lets go on what had to wait. */
  #advance(): void {
    if (this.#terms.signal.aborted) return;
    const isStarving = this.#isStarving();
    const longest = isStarving ? this.#longPole() : undefined;
    const next = longest === undefined ? this.#left.values() : [longest, ...this.#left.values()];
    let planned = 0;
    for (const download of this.#ahead.values()) planned += Math.min(WINDOW, download.blob.size);
    for (const blob of next) {
      if (this.#ahead.has(blob.digest)) continue;
      planned += Math.min(WINDOW, blob.size);
      if ((planned > AHEAD && !isStarving) || !this.#tryBegin(blob)) break;
    }
    for (const download of [...this.#reading.values(), ...this.#counted]) download.resume();
  }

  #tryBegin(blob: Descriptor): boolean {
    const bytes = firstHold(blob);
    if (!this.#member.tryBegin(bytes)) return false;
    const download = this.#track(new BlobDownload(blob, "any", bytes, this.#terms));
    this.#ahead.set(blob.digest, download);
    this.#counted.add(download);
    return true;
  }

  #change(download: BlobDownload): void {
    if (download.isOver) this.#uncount(download);
    else if (!download.isStarving && download === this.#first()) this.#starved = 0;
    const { failure } = download;
    const isAhead = this.#ahead.get(download.blob.digest) === download;
    if (failure !== null && isAhead && !this.#terms.signal.aborted) this.#onFailure(failure.error);
    this.#advance();
  }

  #uncount(download: BlobDownload): void {
    if (this.#counted.delete(download)) this.#member.end();
  }

  /** What is read for the part of the archive that comes next; others are read ahead of their time. */
  #first(): BlobDownload | undefined {
    const [first] = this.#reading.values();
    return first;
  }

  #starve(download: BlobDownload, bytes: number): void {
    if (download !== this.#first()) return;
    const before = this.#starved;
    this.#starved += bytes;
    if (before < TRIAL && this.#starved >= TRIAL) this.#advance();
  }

  /** Whether it is the network that takes time. */
  #isStarving(): boolean {
    return this.#starved >= TRIAL && this.#first()?.isStarving === true;
  }

  #mayGrow(download: BlobDownload): boolean {
    if (!this.#isStarving()) return false;
    const longest = this.#longPole();
    // Those that are read before it need room as well.
    if (download.blob === longest) return download.waiting < this.#terms.budget.memory / 2;
    const growing = [...this.#unfinished()].filter((blob) => blob !== longest);
    return growing.slice(0, longest === undefined ? GROWING : GROWING - 1).includes(download.blob);
  }

  /** Blobs of which more is to come before a reader asks for it, those that are needed first at the front. */
  *#unfinished(): Generator<Descriptor, void, undefined> {
    for (const download of this.#reading.values()) {
      if (!download.isOver && !download.isStarving) yield download.blob;
    }
    for (const blob of this.#left.values()) {
      if (this.#ahead.get(blob.digest)?.isOver !== true) yield blob;
    }
  }

  /**
   * The largest blob that is left, where it alone takes longer than all others together on the other connections: unless it
   * begins early, all would wait for it in the end.
   */
  #longPole(): Descriptor | undefined {
    let longest: Descriptor | undefined;
    let size = 0;
    let sum = 0;
    for (const blob of this.#left.values()) {
      const missing = this.#ahead.get(blob.digest)?.missing ?? blob.size;
      sum += missing;
      if (missing > size) [longest, size] = [blob, missing];
    }
    for (const download of this.#reading.values()) sum += download.missing;
    const [first] = this.#left.values();
    return longest !== first && size * GROWING > sum - size ? longest : undefined;
  }

  async #findEnd(blob: Descriptor, count: number): Promise<Uint8Array | null> {
    const { data, digest, size } = blob;
    if (data !== undefined && data.length === size) return data.slice(Math.max(0, size - count));
    const isSmall = size <= WINDOW;
    // What can't begin now is not waited for: what is in its way may itself wait for this end.
    const left = this.#left.get(digest);
    if (isSmall && left !== undefined && !this.#ahead.has(digest)) this.#tryBegin(left);
    const download = this.#ahead.get(digest) ?? this.#reading.get(digest);
    if (isSmall) await download?.isReceived;
    const { blobs, signal } = this.#terms;
    signal.throwIfAborted();
    const end = download?.end(count) ?? null;
    // A small blob that came and whose end is not known is not what it should be.
    if (end !== null || (isSmall && download !== undefined)) return end;
    return this.#probes.run(signal, () => blobs.end(blob, count, signal));
  }

  #track(download: BlobDownload): BlobDownload {
    this.#run(download.over);
    return download;
  }

  #run(work: Promise<unknown>): void {
    const forget = () => void this.#running.delete(work);
    this.#running.add(work);
    work.then(forget, forget);
  }
}
