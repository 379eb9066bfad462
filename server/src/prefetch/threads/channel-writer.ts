import type { MessagePort } from "node:worker_threads";
import { type ChannelEnd, END } from "./channel.ts";

/** Writes into a channel. What is written after the reader has gone goes nowhere, which `isOpen` tells. */
export class ChannelWriter {
  readonly #port: MessagePort;
  readonly #slots: readonly Uint8Array[];
  #free: number;
  #slot = 0;
  /** Bytes in the slot that is being filled. */
  #filled = 0;
  #isOpen = true;
  #wake: (() => void) | null = null;

  constructor({ port, memory: { buffer, slots, slotSize } }: ChannelEnd) {
    this.#port = port;
    this.#slots = Array.from({ length: slots }, (_, slot) => new Uint8Array(buffer, slot * slotSize, slotSize));
    this.#free = slots;
    port.on("message", () => {
      this.#free++;
      this.#wake?.();
    });
    port.on("close", () => this.close());
    // What needs the bytes keeps the process alive, not the channel.
    port.unref();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The free part of the slot that is being filled, at most `limit` bytes; null while there is none. */
  room(limit: number): Uint8Array | null {
    if (this.#free === 0 || !this.#isOpen) return null;
    return this.#slots[this.#slot]?.subarray(this.#filled, this.#filled + limit) ?? null;
  }

  /** Copies the bytes, unless they were put where `room` said, and waits for room while there is none. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length && this.#isOpen; ) {
      if (this.#free === 0) {
        await this.#slotFreed();
        continue;
      }
      const slot = this.#slots[this.#slot] ?? new Uint8Array(0);
      const piece = bytes.subarray(written, written + slot.length - this.#filled);
      const isThere = piece.buffer === slot.buffer && piece.byteOffset === slot.byteOffset + this.#filled;
      if (!isThere) slot.set(piece, this.#filled);
      written += piece.length;
      this.#filled += piece.length;
      if (this.#filled === slot.length) this.#commit();
    }
  }

  /** Says that all was written. */
  end(): void {
    if (!this.#isOpen) return;
    if (this.#filled > 0) this.#commit();
    this.#port.postMessage(END);
  }

  /** Breaks the channel unless the reader has read to the end. */
  close(): void {
    this.#isOpen = false;
    this.#wake?.();
    this.#port.close();
  }

  #commit(): void {
    this.#port.postMessage(this.#filled);
    this.#free--;
    this.#filled = 0;
    this.#slot = (this.#slot + 1) % this.#slots.length;
  }

  #slotFreed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
