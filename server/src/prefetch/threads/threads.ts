import type { LayerCompression } from "../../archive/layer-compression.ts";
import type { Digest } from "../../oci/digest.ts";
import type { HashedArchive } from "../hashed-archive.ts";

/** What a layer's blob unpacks to. */
export interface LayerFacts {
  /** Of the uncompressed bytes. */
  readonly digest: Digest;
  /** Uncompressed bytes. */
  readonly size: number;
  readonly compression: LayerCompression;
}

export interface InflateRequest {
  /** Uncompressed bytes that the layer may have. */
  readonly sizeLimit: number;
  /** Of the uncompressed bytes, where it is certain: then it is not computed again. */
  readonly knownDigest: Digest | null;
  /** `measured` for facts alone: the bytes go nowhere. */
  readonly output: "streamed" | "measured";
  readonly signal: AbortSignal;
}

/** A layer that is being unpacked. */
export interface InflatedLayer {
  /**
   * Known when the blob was read to its end, which is done even where unpacking fails, for its digest tells whose fault
   * that is. Where a layer is streamed and its digest not known, its content must be read to its end as well. Rejects with what the blob throws, the errors of `openLayer`, `thread-failed`, or the signal's reason.
   */
  readonly facts: Promise<LayerFacts>;
  /**
   * The uncompressed bytes, in this thread, for who does not give the layer to an `ArchiveHash`; read once, a piece is valid
   * until the next is asked for. Unpacking waits for its reader after a few megabytes. Ends early, without an error, where
   * `facts` rejects.
   */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The state of a hash, kept by the thread that computed it. */
export interface SavedHash {
  readonly size: number;
}

/** A SHA-256 over the bytes of an archive in their order, computed in another thread. */
export interface ArchiveHash {
  /** Bytes appended so far. */
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  /**
   * Appends what a `streamed` layer unpacks to, as far as it gets, and gives the number of bytes: fewer than the layer has where
   * it was given up, although its facts may be known.
   */
  appendLayer(layer: InflatedLayer): Promise<number>;
  save(): SavedHash;
  /** Goes back to a state, of this hash or of another one. */
  restore(state: SavedHash): void;
  /** Ends the hash. */
  digest(): Promise<HashedArchive>;
  /** Ends the hash, in whatever state; calling it again, or after `digest`, does nothing. */
  close(): void;
}

/** Threads that unpack layers and hash archives while the caller's stays free. Close them to end them. */
export interface Threads {
  /** Layers that can be unpacked at once, each as fast as one alone; at least one. */
  readonly inflaters: number;
  inflate(blob: AsyncIterable<Uint8Array>, request: InflateRequest): InflatedLayer;
  openArchiveHash(): ArchiveHash;
  /** Whether a saved state can still be restored: it is lost when its thread ends. */
  has(state: SavedHash): boolean;
  forget(state: SavedHash): void;
  close(): Promise<void>;
}
