import type { Transform } from "node:stream";

/** Output is produced in pieces of this many bytes; smaller ones cost throughput, larger ones gain nothing. */
export const OUTPUT_SIZE = 256 * 1024;
const NO_FLUSH = 0;

/**
 * Gives the memory that the next piece is written into, at least one byte; null for the engine's own. For whoever would
 * copy the pieces elsewhere.
 */
export type OutputMemory = () => Uint8Array | null;

/** What `node:zlib` streams are made of. Not documented, but the same from Node 12 to 24; `minizlib` rests on it too. */
interface ZlibStream extends Transform {
  readonly _handle?: {
    writeSync(
      flush: number,
      input: Uint8Array,
      inputStart: number,
      inputLength: number,
      output: Uint8Array,
      outputStart: number,
      outputLength: number,
    ): void;
  };
  /** After a write: bytes of output left free, bytes of input left over. */
  readonly _writeState?: Uint32Array;
  reset(): void;
  close(): void;
}

/**
 * Runs a decompressor of `node:zlib` synchronously in the caller's thread, into one output buffer that is used again, or
 * into memory of the caller's.
 * The documented streams hop to a thread pool for every piece, which costs half of the throughput, and do not tell
 * reliably where the compressed data ended.
 */
export class ZlibEngine {
  readonly #stream: ZlibStream;
  readonly #output: OutputMemory;
  #ownOutput: Uint8Array | null = null;

  constructor(stream: Transform, output: OutputMemory = () => null) {
    this.#stream = stream as ZlibStream;
    this.#output = output;
    // A failed write reports synchronously, in `errored`; the event that comes later has no listener of its own.
    this.#stream.on("error", () => {});
  }

  /**
   * Decompresses `input`, yielding pieces that are valid until the next is asked for. Gives the number of input bytes
   * used: fewer than all of them only when the compressed data has ended. Throws the decompressor's error.
   */
  *decompress(input: Uint8Array): Generator<Uint8Array, number, undefined> {
    const { _handle: handle, _writeState: state } = this.#stream;
    if (!handle || !state) throw new Error("this Node.js has no synchronous zlib");
    let used = 0;
    for (;;) {
      const offered = input.length - used;
      const output = this.#output() ?? this.#ownMemory();
      handle.writeSync(NO_FLUSH, input, used, offered, output, 0, output.length);
      if (this.#stream.errored) throw this.#stream.errored;
      const [outputFree = 0, inputLeft = 0] = state;
      used += offered - inputLeft;
      if (outputFree < output.length) yield output.subarray(0, output.length - outputFree);
      // A full output buffer may leave output inside; input that is left beside free output was not wanted.
      if (outputFree > 0 && (inputLeft === 0 || offered === inputLeft)) return used;
    }
  }

  /** Makes ready for other compressed data. */
  reset(): void {
    this.#stream.reset();
  }

  close(): void {
    this.#stream.close();
  }

  #ownMemory(): Uint8Array {
    this.#ownOutput ??= Buffer.allocUnsafe(OUTPUT_SIZE);
    return this.#ownOutput;
  }
}
