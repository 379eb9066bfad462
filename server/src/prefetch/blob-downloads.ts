import type { Descriptor } from "../oci/manifest.ts";
import type { BlobSource } from "./blob-source.ts";

/** Bounds what all prefetches of a process download ahead. */
export interface DownloadBudget {
  /** Bytes of blobs that may wait in memory, in all. */
  readonly memory: number;
}

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
   * when they are not to be had; only an abort is an error.
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
  readonly signal: AbortSignal;
}
