import type { MessagePort } from "node:worker_threads";
import { ChannelBroken, type ChannelEnd, type ChannelMemory, END, FREED } from "./channel.ts";

/**
 * Reads a channel, once; a piece is valid until the next is asked for. Throws `ChannelBroken` where the writer goes before
 * all is read, or on `close`.
 */
export class ChannelReader implements AsyncIterable<Uint8Array> {
  readonly #port: MessagePort;
  readonly #memory: ChannelMemory;
  readonly #lengths: number[] = [];
  #isAtEnd = false;
  #isBroken = false;
  #wake: (() => void) | null = null;

  /** @param onBroken called as soon as the channel breaks, even while nothing is read */
  constructor({ port, memory }: ChannelEnd, onBroken?: () => void) {
    this.#port = port;
    this.#memory = memory;
    port.on("message", (length: number) => {
      this.#lengths.push(length);
      this.#wake?.();
    });
    port.on("close", () => {
      if (this.#isAtEnd) return;
      this.#isBroken = true;
      this.#wake?.();
      onBroken?.();
    });
    port.unref();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const { buffer, slots, slotSize } = this.#memory;
    try {
      for (let slot = 0; ; slot = (slot + 1) % slots) {
        const length = await this.#nextLength();
        this.#isAtEnd = length === END;
        if (this.#isAtEnd) return;
        yield new Uint8Array(buffer, slot * slotSize, length);
        this.#port.postMessage(FREED);
      }
    } finally {
      this.#port.close();
    }
  }

  /** For whoever has much to do with what was read already. */
  throwIfBroken(): void {
    if (this.#isBroken) throw new ChannelBroken();
  }

  /** Ends the reading from outside. */
  close(): void {
    this.#port.close();
  }

  async #nextLength(): Promise<number> {
    while (!this.#isBroken) {
      const length = this.#lengths.shift();
      if (length !== undefined) return length;
      this.#port.ref();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#port.unref();
    }
    throw new ChannelBroken();
  }
}
