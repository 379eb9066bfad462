import { CodedError } from "../../base/errors.ts";
import { type Channel, ChannelBroken, type ChannelEnd, type ChannelPool, type ChannelShape } from "./channel.ts";
import { ChannelReader } from "./channel-reader.ts";
import { ChannelWriter } from "./channel-writer.ts";
import type { ThreadClient } from "./thread-client.ts";
import type { InflatedLayer, InflateRequest, LayerFacts } from "./threads.ts";

const COMPRESSED: ChannelShape = { slots: 4, slotSize: 256 * 1024 };
const UNCOMPRESSED: ChannelShape = { slots: 4, slotSize: 1024 * 1024 };

/** What a layer unpacks to, on its way from the thread that unpacks it. */
export class LayerOutput {
  /** Resolves when nobody will read it any more. */
  readonly released: Promise<void>;
  readonly #channel: Channel | null;
  #isTaken = false;
  #onReleased: () => void = () => undefined;

  constructor(channel: Channel | null) {
    this.#channel = channel;
    this.released = new Promise((resolve) => {
      this.#onReleased = resolve;
    });
    if (channel === null) this.#onReleased();
  }

  /** The end to read, for whoever asks first; `release` it afterwards. */
  take(): ChannelEnd | null {
    if (this.#isTaken || this.#channel === null) return null;
    this.#isTaken = true;
    return this.#channel.reader;
  }

  release(): void {
    this.#channel?.release();
    this.#onReleased();
  }

  /** Nobody shall read it any more. */
  discard(): void {
    const end = this.take();
    if (end === null) return;
    end.port.close();
    this.release();
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    const end = this.take();
    if (end === null) return;
    try {
      yield* new ChannelReader(end);
    } catch (error) {
      if (!(error instanceof ChannelBroken)) throw error;
    } finally {
      this.release();
    }
  }
}

const outputs = new WeakMap<InflatedLayer, LayerOutput>();

/** Null for a layer that is not unpacked by a thread. */
export function outputOf(layer: InflatedLayer): LayerOutput | null {
  return outputs.get(layer) ?? null;
}

/** Has a thread unpack a blob, which is fed to it from here. */
export function inflateLayer(
  thread: ThreadClient,
  pool: ChannelPool,
  blob: AsyncIterable<Uint8Array>,
  { sizeLimit, knownDigest, output: use, signal }: InflateRequest,
): InflatedLayer {
  const input = pool.openChannel(COMPRESSED);
  const unpacked = use === "streamed" ? pool.openChannel(UNCOMPRESSED) : null;
  const output = new LayerOutput(unpacked);
  const writer = new ChannelWriter(input.writer);
  const job = { input: input.reader, output: unpacked?.writer ?? null, sizeLimit, knownDigest };
  const ports = unpacked === null ? [input.reader.port] : [input.reader.port, unpacked.writer.port];
  const inflating = thread.call("inflate", job, ports).finally(() => {
    input.release();
    unpacked?.release();
  });

  const stop = new AbortController();
  const onAbort = () => {
    stop.abort(signal.reason);
    output.discard();
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
  });

  const fed = feed(blob, writer, stop.signal);
  // What the blob throws comes first; so does what ends a thread, which no blob can explain.
  const inflated = inflating.catch(async (error: unknown) => {
    if (error instanceof CodedError && error.code === "thread-failed") stop.abort(error);
    await fed;
    throw error;
  });
  const facts: Promise<LayerFacts> = Promise.race([stopped, Promise.all([inflated, fed]).then(([known]) => known)]);
  void facts
    .catch(() => output.discard())
    .finally(() => {
      writer.close();
      input.release();
    });
  const layer = { facts, content: output.read() };
  outputs.set(layer, output);
  return layer;
}

async function feed(blob: AsyncIterable<Uint8Array>, writer: ChannelWriter, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  for await (const chunk of blob) {
    await writer.write(chunk);
    signal.throwIfAborted();
  }
  writer.end();
}
