import type { Digest } from "../../../server/src/oci/digest.ts";

/** What `play.ts` is told, as JSON. */
export interface SoakTask {
  readonly seed: number;
  /** Prefetches, in so many parts, between which nothing is under way. */
  readonly count: number;
  readonly parts: number;
  readonly atOnce: number;
  /** The registry, and what it holds. */
  readonly host: string;
  readonly path: string;
  readonly images: readonly SoakImage[];
  /** The bundle of the threads. */
  readonly threads: string;
}

export interface SoakImage {
  readonly digest: Digest;
  /** Under the name that `play.ts` gives it. */
  readonly archiveDigest: Digest;
}

/** What is left when a part is over, as a line of JSON. */
export interface SoakPart {
  readonly right: number;
  readonly cancelled: number;
  /** What must not come of a prefetch. */
  readonly wrong: readonly string[];
  readonly leftFiles: readonly string[];
  /** Of threads. */
  readonly openChannels: number;
  readonly openCalls: number;
  /** Bytes of downloads that wait for nobody. */
  readonly heldDownloads: number;
  /** Bytes, after the garbage was collected. */
  readonly heap: number;
  readonly resident: number;
}

/** The last line: what is open after all was closed. */
export interface SoakEnd {
  readonly leftHandles: readonly string[];
}
