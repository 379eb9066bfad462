import { CodedError } from "../../base/errors.ts";
import { digestFromHex } from "../../oci/digest.ts";
import type { HashedArchive } from "../hashed-archive.ts";
import type { AppendedChannel } from "./calls.ts";
import { ChannelBroken, type ChannelEnd } from "./channel.ts";
import { type LayerOutput, outputOf } from "./inflated-layer.ts";
import type { SavedHashes } from "./saved-hashes.ts";
import type { ThreadClient } from "./thread-client.ts";
import type { ArchiveHash, InflatedLayer, SavedHash } from "./threads.ts";

/** A hash that a thread computes. Its steps are asked for in their order and are not waited for one by one. */
export class ThreadArchiveHash implements ArchiveHash {
  readonly #thread: ThreadClient;
  readonly #hash: number;
  readonly #saved: SavedHashes;
  #size = 0;
  #appended: Promise<unknown> = Promise.resolve();
  #isOpen = true;

  /** @param hash a number that no other hash of the thread has */
  constructor(thread: ThreadClient, hash: number, saved: SavedHashes) {
    this.#thread = thread;
    this.#hash = hash;
    this.#saved = saved;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    // A copy: the caller's memory may be shared, and is its own again when this returns.
    const copy = new Uint8Array(bytes);
    this.#size += copy.length;
    const before = this.#appended;
    this.#appended = this.#thread.call("append", { hash: this.#hash, bytes: copy });
    // Told by the next step.
    this.#appended.catch(() => undefined);
    await before;
  }

  async appendLayer(layer: InflatedLayer): Promise<number> {
    const output = outputOf(layer);
    return output === null ? this.#appendPieces(layer.content) : this.#appendOutput(output);
  }

  save(): SavedHash {
    const { saved, state } = this.#saved.add(this.#thread, this.#size);
    this.#thread.tell("save", { hash: this.#hash, state });
    return saved;
  }

  restore(saved: SavedHash): void {
    const state = this.#saved.find(this.#thread, saved);
    if (state === null) throw new CodedError("thread-failed", "A state of a hash was lost with its thread; try again.");
    this.#thread.tell("restore", { hash: this.#hash, state });
    this.#size = saved.size;
  }

  async digest(): Promise<HashedArchive> {
    this.#isOpen = false;
    const hex = await this.#thread.call("digest", { hash: this.#hash });
    return { digest: digestFromHex(hex), size: this.#size };
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#thread.tell("closeHash", { hash: this.#hash });
  }

  async #appendOutput(output: LayerOutput): Promise<number> {
    const input = await output.take();
    if (input === null) return 0;
    try {
      if (!this.#isOpen) {
        input.port.close();
        return 0;
      }
      const { size, isWhole, contentDigest } = await this.#appendChannel(input, output.isHashedByReader);
      this.#size += size;
      if (contentDigest !== null) output.learnDigest(contentDigest);
      if (!isWhole && this.#isOpen) await output.explainEnd();
      return size;
    } finally {
      output.release();
    }
  }

  async #appendChannel(input: ChannelEnd, hashesContent: boolean): Promise<AppendedChannel> {
    try {
      return await this.#thread.call("appendChannel", { hash: this.#hash, input, hashesContent }, [input.port]);
    } catch (error) {
      if (!(error instanceof ChannelBroken)) throw error;
      return { size: 0, isWhole: false, contentDigest: null };
    }
  }

  async #appendPieces(pieces: AsyncIterable<Uint8Array>): Promise<number> {
    const start = this.#size;
    for await (const piece of pieces) await this.append(piece);
    return this.#size - start;
  }
}
