import { CodedError } from "../../../server/src/base/errors.ts";
import { type Digest, digestOf } from "../../../server/src/oci/digest.ts";
import type { Descriptor } from "../../../server/src/oci/manifest.ts";
import type { BlobSource } from "../../../server/src/prefetch/blob-source.ts";

export const MEGABYTE = 1024 * 1024;
const CHUNK = 64 * 1024;

export interface GatedBlob {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** Blobs whose bytes come when the test says so. */
export interface GatedBlobs extends BlobSource {
  add(name: string, size: number, claims?: Partial<Descriptor>): GatedBlob;
  /** Lets all bytes of a blob come, or its first ones. */
  let(blob: GatedBlob, bytes?: number): void;
  /** Has a blob fail when all that was let come has come. */
  fail(blob: GatedBlob, error: unknown): void;
  /** Has copies of a blob be found bad at their end. */
  corrupt(blob: GatedBlob, copies: readonly ("any" | "fresh")[]): void;
  /** Downloads in the order in which they began, `a`, or `a fresh`. */
  readonly opened: readonly string[];
  /** Blobs that are downloaded now. */
  underWay(): string[];
  /** Bytes of a blob that were taken, by all its downloads. */
  taken(blob: GatedBlob): number;
  /** Blobs whose end was asked for. */
  readonly ends: readonly string[];
  /** Called after each piece that was taken. */
  onTaken: () => void;
}

interface Script {
  readonly name: string;
  readonly bytes: Buffer;
  allowed: number;
  taken: number;
  failure: { readonly error: unknown } | null;
  corrupt: readonly ("any" | "fresh")[];
  wake: () => void;
}

export function gatedBlobs(): GatedBlobs {
  const scripts = new Map<Digest, Script>();
  const opened: string[] = [];
  const ends: string[] = [];
  const active = new Set<{ readonly name: string }>();
  const scriptOf = ({ digest }: Descriptor): Script => {
    const script = scripts.get(digest);
    if (script === undefined) throw new Error("there is no such blob");
    return script;
  };
  const blobs: GatedBlobs = {
    opened,
    ends,
    onTaken: () => {},
    underWay: () => [...active].map(({ name }) => name).toSorted(),
    taken: ({ descriptor }) => scriptOf(descriptor).taken,
    add(name, size, claims) {
      const bytes = Buffer.alloc(size, name);
      const digest = digestOf(Buffer.concat([Buffer.from(`${name}:`), bytes]));
      scripts.set(digest, {
        ...{ name, bytes, allowed: 0, taken: 0, failure: null, corrupt: [] },
        wake() {},
      });
      return { bytes, descriptor: { mediaType: "", digest, size, urls: [], annotations: {}, ...claims } };
    },
    let({ descriptor }, bytes = Number.POSITIVE_INFINITY) {
      const script = scriptOf(descriptor);
      script.allowed = bytes;
      script.wake();
    },
    fail({ descriptor }, error) {
      const script = scriptOf(descriptor);
      script.failure = { error };
      script.wake();
    },
    corrupt({ descriptor }, copies) {
      scriptOf(descriptor).corrupt = copies;
    },
    async *open(descriptor, signal, copy = "any") {
      const script = scriptOf(descriptor);
      opened.push(copy === "any" ? script.name : `${script.name} fresh`);
      const download = { name: script.name };
      active.add(download);
      const wake = () => script.wake();
      signal?.addEventListener("abort", wake);
      try {
        for (let offset = 0; ; offset += CHUNK) {
          const isAllowed = () => script.allowed >= Math.min(offset + CHUNK, Math.max(1, script.bytes.length));
          while (!isAllowed() && script.failure === null && !signal?.aborted) {
            await new Promise<void>((resolve) => {
              const before = script.wake;
              script.wake = () => {
                before();
                resolve();
              };
            });
          }
          signal?.throwIfAborted();
          if (!isAllowed() && script.failure !== null) throw script.failure.error;
          if (offset >= script.bytes.length) break;
          const chunk = script.bytes.subarray(offset, offset + CHUNK);
          script.taken += chunk.length;
          yield chunk;
          blobs.onTaken();
        }
        if (script.corrupt.includes(copy)) throw new CodedError("digest-mismatch", `${script.name} is bad.`);
      } finally {
        signal?.removeEventListener("abort", wake);
        active.delete(download);
      }
    },
    async end(descriptor, count, signal) {
      signal?.throwIfAborted();
      const { name, bytes } = scriptOf(descriptor);
      ends.push(name);
      return bytes.subarray(-count);
    },
  };
  return blobs;
}

/** Until all that can happen without another event has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
