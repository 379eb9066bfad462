import { createHash, type Hash } from "node:crypto";
import { digestFromHex } from "../../oci/digest.ts";
import type { AppendedChannel, Calls, Notices } from "./calls.ts";
import { ChannelBroken } from "./channel.ts";
import { ChannelReader } from "./channel-reader.ts";

interface OpenHash {
  hash: Hash;
  /** Ends when all is done that was asked so far: a hash does one thing after the other. */
  work: Promise<unknown>;
  reader: ChannelReader | null;
  isClosed: boolean;
}

/** Computes many SHA-256 at once, and keeps states of them. Hashes and states have numbers that the caller gives. */
export class ArchiveHashServer {
  readonly #hashes = new Map<number, OpenHash>();
  readonly #states = new Map<number, Promise<Hash>>();

  append({ hash, bytes }: Calls["append"]["request"]): Promise<null> {
    return this.#inTurn(hash, (open) => {
      open.hash.update(bytes);
      return null;
    });
  }

  appendChannel({ hash, input, hashesContent }: Calls["appendChannel"]["request"]): Promise<AppendedChannel> {
    // Made at once, so that a channel that breaks while others are read is told apart from one that nobody listens to.
    const reader = new ChannelReader(input);
    const read = this.#inTurn(hash, async (open) => {
      let size = 0;
      const content = hashesContent ? createHash("sha256") : null;
      const broken = () => ({ size, isWhole: false, contentDigest: null });
      if (open.isClosed) return broken();
      open.reader = reader;
      try {
        for await (const piece of reader) {
          open.hash.update(piece);
          content?.update(piece);
          size += piece.length;
        }
        const contentDigest = content === null ? null : digestFromHex(content.digest("hex"));
        return { size, isWhole: true, contentDigest };
      } catch (error) {
        if (!(error instanceof ChannelBroken)) throw error;
        return broken();
      } finally {
        open.reader = null;
      }
    });
    return read.finally(() => reader.close());
  }

  digest({ hash }: Calls["digest"]["request"]): Promise<string> {
    const digest = this.#inTurn(hash, (open) => open.hash.digest("hex"));
    this.#hashes.delete(hash);
    return digest;
  }

  save({ hash, state }: Notices["save"]): void {
    const saved = this.#inTurn(hash, (open) => open.hash.copy());
    this.#states.set(state, saved);
  }

  restore({ hash, state }: Notices["restore"]): void {
    const saved = this.#states.get(state);
    void this.#inTurn(hash, async (open) => {
      if (saved === undefined) throw new Error("a state of a hash was forgotten too early");
      open.hash = (await saved).copy();
    });
  }

  forget({ state }: Notices["forget"]): void {
    this.#states.delete(state);
  }

  closeHash({ hash }: Notices["closeHash"]): void {
    const open = this.#hashes.get(hash);
    if (open === undefined) return;
    open.isClosed = true;
    open.reader?.close();
    this.#hashes.delete(hash);
  }

  #inTurn<R>(number: number, step: (open: OpenHash) => R | Promise<R>): Promise<R> {
    const open = this.#hashes.get(number) ?? this.#open(number);
    const result = open.work.then(() => step(open));
    // After a failure, all that follows fails with it: the hash would be of other bytes.
    open.work = result;
    result.catch(() => undefined);
    return result;
  }

  #open(number: number): OpenHash {
    const open: OpenHash = { hash: createHash("sha256"), work: Promise.resolve(), reader: null, isClosed: false };
    this.#hashes.set(number, open);
    return open;
  }
}
