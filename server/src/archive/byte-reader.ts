/**
 * Reads a sequence of chunks as a stream of bytes. A chunk may be overwritten by its source once the next one is asked
 * for; whatever is kept longer is copied. Close it, or the source stays open.
 */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #unread: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The bytes at hand, at least one; empty only at the end. Valid until the next call of any method but `consume`. */
  async available(): Promise<Uint8Array> {
    while (this.#unread.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) break;
      this.#unread = next.value;
    }
    return this.#unread;
  }

  /** Marks the first `count` bytes of what `available` gave as read. */
  consume(count: number): void {
    this.#unread = this.#unread.subarray(count);
  }

  async atEnd(): Promise<boolean> {
    return (await this.available()).length === 0;
  }

  /** The next bytes without reading them: `count`, or as many as are left. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#unread.length < count) {
      const kept = Buffer.from(this.#unread);
      const next = await this.#chunks.next();
      this.#unread = next.done ? kept : Buffer.concat([kept, next.value]);
      if (next.done) break;
    }
    return this.#unread.subarray(0, count);
  }

  /** A copy of the next `count` bytes; null, and nothing is left, when there are fewer. */
  async take(count: number): Promise<Uint8Array | null> {
    const bytes = Buffer.allocUnsafe(count);
    let filled = 0;
    while (filled < count) {
      const piece = (await this.available()).subarray(0, count - filled);
      if (piece.length === 0) return null;
      bytes.set(piece, filled);
      filled += piece.length;
      this.consume(piece.length);
    }
    return bytes;
  }

  /** Passes over `count` bytes; false when there are fewer. */
  async skip(count: number): Promise<boolean> {
    let left = count;
    while (left > 0) {
      const piece = (await this.available()).subarray(0, left);
      if (piece.length === 0) return false;
      left -= piece.length;
      this.consume(piece.length);
    }
    return true;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
