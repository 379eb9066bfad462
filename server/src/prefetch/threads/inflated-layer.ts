import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { CodedError } from "../../base/errors.ts";
import { type Digest, digestFromHex } from "../../oci/digest.ts";
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
  /** Whether who reads it computes its digest, and tells it before the release. */
  readonly isHashedByReader: boolean;
  readonly #channel: Channel | null;
  readonly #unpacked: Promise<unknown>;
  readonly #writerSent: Promise<unknown>;
  #digest: Digest | null = null;
  #isTaken = false;
  #onReleased: () => void = () => undefined;

  /**
   * @param unpacked rejects with the failure of the layer
   * @param writerSent resolves when the thread that unpacks has got the other end
   */
  constructor(
    channel: Channel | null,
    isHashedByReader: boolean,
    unpacked: Promise<unknown>,
    writerSent: Promise<unknown>,
  ) {
    this.#channel = channel;
    this.isHashedByReader = isHashedByReader;
    this.#unpacked = unpacked;
    this.#writerSent = writerSent;
    this.released = new Promise((resolve) => {
      this.#onReleased = resolve;
    });
    if (channel === null) this.#onReleased();
  }

  /** The end to read, for whoever asks first; `release` it afterwards. */
  async take(): Promise<ChannelEnd | null> {
    if (this.#isTaken || this.#channel === null) return null;
    this.#isTaken = true;
    // A reader that goes at once would break the channel on its way there.
    await this.#writerSent;
    return this.#channel.reader;
  }

  learnDigest(digest: Digest): void {
    this.#digest = digest;
  }

  /** What its reader computed, when it has read all; else throws `thread-failed`. */
  async digest(): Promise<Digest> {
    await this.released;
    if (this.#digest !== null) return this.#digest;
    throw new CodedError("thread-failed", "A layer was not read to its end, so its digest is not known; try again.");
  }

  release(): void {
    this.#channel?.release();
    this.#onReleased();
  }

  /** To be called where the channel broke: that is the failure of the layer, or else throws `thread-failed`. */
  async explainEnd(): Promise<void> {
    const failed = await this.#unpacked.then(
      () => false,
      () => true,
    );
    if (!failed) throw new CodedError("thread-failed", "A thread ended before its layer was read; try again.");
  }

  /** Nobody shall read it any more. */
  discard(): void {
    if (this.#isTaken || this.#channel === null) return;
    this.#isTaken = true;
    this.#channel.reader.port.close();
    this.release();
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    const end = await this.take();
    if (end === null) return;
    try {
      const hash = this.isHashedByReader ? createHash("sha256") : null;
      for await (const piece of new ChannelReader(end)) {
        hash?.update(piece);
        yield piece;
      }
      if (hash !== null) this.learnDigest(digestFromHex(hash.digest("hex")));
    } catch (error) {
      if (!(error instanceof ChannelBroken)) throw error;
      await this.explainEnd();
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

export interface Inflater {
  readonly thread: ThreadClient;
  readonly pool: ChannelPool;
  /** Leaves the digest of a layer to who reads it. */
  readonly leavesDigest: boolean;
}

/** Has a thread unpack a blob, which is fed to it from here. */
export function inflateLayer(
  { thread, pool, leavesDigest }: Inflater,
  blob: AsyncIterable<Uint8Array>,
  { sizeLimit, knownDigest, output: use, signal }: InflateRequest,
): InflatedLayer {
  const input = pool.openChannel(COMPRESSED);
  const unpacked = use === "streamed" ? pool.openChannel(UNCOMPRESSED) : null;
  const writer = new ChannelWriter(input.writer);
  const isHashedByReader = leavesDigest && unpacked !== null && knownDigest === null;
  const job = {
    ...{ input: input.reader, output: unpacked?.writer ?? null, sizeLimit, knownDigest },
    hashesContent: !isHashedByReader,
  };
  const ports = unpacked === null ? [input.reader.port] : [input.reader.port, unpacked.writer.port];
  const inflating = thread.call("inflate", job, ports).finally(() => {
    input.release();
    unpacked?.release();
  });

  const stop = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
  });
  if (signal.aborted) stop.abort(signal.reason);
  const fed = feed(blob, writer, stop.signal);
  // What the blob throws comes first; so does what ends a thread, which no blob can explain.
  const inflated = inflating.catch(async (error: unknown) => {
    if (error instanceof CodedError && error.code === "thread-failed") stop.abort(error);
    await fed;
    throw error;
  });
  const read = Promise.race([stopped, Promise.all([inflated, fed]).then(([layer]) => layer)]);
  const output = new LayerOutput(unpacked, isHashedByReader, read, thread.connected);
  const known = read.then(async (layer): Promise<LayerFacts> => {
    return { ...layer, digest: layer.digest ?? (await output.digest()) };
  });
  const facts = Promise.race([stopped, known]);
  // Who only reads the content need not look at them.
  facts.catch(() => undefined);
  const settled = read
    .catch(() => output.discard())
    .finally(() => {
      writer.close();
      input.release();
    });

  const onAbort = () => {
    stop.abort(signal.reason);
    output.discard();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  void Promise.all([settled, output.released]).then(() => signal.removeEventListener("abort", onAbort));
  const layer = { facts, content: output.read() };
  outputs.set(layer, output);
  return layer;
}

async function feed(blob: AsyncIterable<Uint8Array>, writer: ChannelWriter, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  for await (const chunk of blob) {
    if (writer.isOpen) await writer.write(chunk);
    // What is read for its digest alone must let others have a turn, too.
    else await setImmediate();
    signal.throwIfAborted();
  }
  writer.end();
}
