import { MessageChannel, type MessagePort } from "node:worker_threads";

/**
 * A stream of bytes from one thread to another, through memory that both see: slots that are filled and freed in turn. The
 * ports carry one small number per slot, so neither side ever blocks, and both may as well be in the same thread. Closing
 * either port breaks the channel for both sides.
 */
export interface Channel {
  readonly writer: ChannelEnd;
  readonly reader: ChannelEnd;
  /** To be called by either side when it does not touch the memory any more. */
  release(): void;
}

/** What goes to the thread that writes or reads; its port must be in the list of what is transferred. */
export interface ChannelEnd {
  readonly port: MessagePort;
  readonly memory: ChannelMemory;
}

export interface ChannelShape {
  readonly slots: number;
  /** Bytes of a slot. */
  readonly slotSize: number;
}

export interface ChannelMemory extends ChannelShape {
  readonly buffer: SharedArrayBuffer;
}

/** To the reader: a positive number is the bytes in the next slot. To the writer: whatever comes means one more is free. */
export const END = 0;
export const FREED = 0;

/** The other side has gone before the end. */
export class ChannelBroken extends Error {
  constructor() {
    super("the other side of the channel has gone");
  }
}

/** Memory for channels, used again: touching fresh memory is slow. */
export class ChannelPool {
  readonly #unused = new Map<ChannelShape, ChannelMemory[]>();
  readonly #limit: number;
  /** Channels that are not released yet. */
  open = 0;

  /** @param limit of unused memories that are kept, for each shape */
  constructor(limit: number) {
    this.#limit = limit;
  }

  openChannel(shape: ChannelShape): Channel {
    const unused = this.#unused.get(shape) ?? [];
    this.#unused.set(shape, unused);
    const memory = unused.pop() ?? { ...shape, buffer: new SharedArrayBuffer(shape.slots * shape.slotSize) };
    const { port1, port2 } = new MessageChannel();
    let users = 2;
    this.open++;
    return {
      writer: { port: port1, memory },
      reader: { port: port2, memory },
      release: () => {
        users--;
        if (users > 0) return;
        this.open--;
        if (unused.length < this.#limit) unused.push(memory);
      },
    };
  }
}
