import { createHash } from "node:crypto";
import { orAborted } from "../base/abort.ts";
import type { Digest } from "../oci/digest.ts";
import type { ArchiveHash, LayerFacts, SavedHash, Threads } from "./threads/threads.ts";

/** An archive up to the end of some layer: what its hash came to, and what the layers are. */
export interface LayerPrefix {
  readonly state: SavedHash;
  /** Of the layers up to there, in manifest order. */
  readonly layers: readonly LayerFacts[];
}

/** One image's way through its layers, which others may follow. End it. */
export interface LayerWay {
  /** The longest beginning that need not be hashed again; null when nothing is known. */
  readonly known: LayerPrefix | null;
  /** Tells that so many layers are hashed. */
  reached(layers: readonly LayerFacts[], hash: ArchiveHash): void;
  end(): void;
}

/**
 * The hash of an archive after each layer depends on the layers so far alone, so that images with the same base share it: what
 * was hashed is kept, and what is being hashed for one image is waited for by the others.
 */
export interface LayerPrefixes {
  /** @param blobs the digests of the image's layers as they are stored */
  begin(blobs: readonly Digest[], signal: AbortSignal): Promise<LayerWay>;
  /** Forgets what was hashed. */
  forget(): void;
}

const PREFIXES_KEPT = 2_000;

export function createLayerPrefixes(threads: Threads): LayerPrefixes {
  const kept = new Map<string, LayerPrefix>();
  /** Those that somebody is on the way to; settled when it was reached, or given up. */
  const underWay = new Map<string, PromiseWithResolve>();

  const find = (key: string): LayerPrefix | null => {
    const prefix = kept.get(key);
    if (prefix === undefined) return null;
    kept.delete(key);
    if (!threads.has(prefix.state)) return null;
    kept.set(key, prefix);
    return prefix;
  };
  const keep = (key: string, prefix: LayerPrefix) => {
    const older = kept.get(key);
    if (older !== undefined) threads.forget(older.state);
    kept.delete(key);
    kept.set(key, prefix);
    for (const [oldest, { state }] of kept) {
      if (kept.size <= PREFIXES_KEPT) return;
      kept.delete(oldest);
      threads.forget(state);
    }
  };

  return {
    forget() {
      for (const { state } of kept.values()) threads.forget(state);
      kept.clear();
    },
    async begin(blobs, signal) {
      const keys = keysOf(blobs);
      for (;;) {
        signal.throwIfAborted();
        const known = lastOf(keys, find);
        const awaited = lastOf(keys, (key) => underWay.get(key) ?? null);
        if (awaited !== null && awaited.index > (known?.index ?? -1)) {
          await orAborted(awaited.found.promise, signal);
          continue;
        }
        const claimed = new Map(
          keys
            .slice((known?.index ?? -1) + 1)
            .map((key) => [key, withResolve()] satisfies [string, PromiseWithResolve]),
        );
        for (const [key, promise] of claimed) underWay.set(key, promise);
        const settle = (key: string | undefined) => {
          const promise = key === undefined ? undefined : claimed.get(key);
          if (key === undefined || promise === undefined) return;
          claimed.delete(key);
          underWay.delete(key);
          promise.resolve();
        };
        return {
          known: known?.found ?? null,
          reached(layers, hash) {
            const key = keys[layers.length - 1];
            if (key === undefined || !claimed.has(key)) return;
            keep(key, { state: hash.save(), layers: [...layers] });
            settle(key);
          },
          end() {
            for (const key of [...claimed.keys()]) settle(key);
          },
        };
      }
    },
  };
}

/** A name for each beginning of the list, shortest first. */
function keysOf(blobs: readonly Digest[]): string[] {
  let key = "";
  return blobs.map((blob) => {
    key = createHash("sha256").update(key).update(blob).digest("hex");
    return key;
  });
}

function lastOf<T>(keys: readonly string[], find: (key: string) => T | null): { index: number; found: T } | null {
  for (const [index, key] of [...keys.entries()].reverse()) {
    const found = find(key);
    if (found !== null) return { index, found };
  }
  return null;
}

interface PromiseWithResolve {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function withResolve(): PromiseWithResolve {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
