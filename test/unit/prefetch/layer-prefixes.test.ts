import { describe, expect, test } from "vitest";
import { type Digest, digestOf } from "../../../server/src/oci/digest.ts";
import { createLayerPrefixes, type LayerWay } from "../../../server/src/prefetch/layer-prefixes.ts";
import type { ArchiveHash, LayerFacts, SavedHash, Threads } from "../../../server/src/prefetch/threads/threads.ts";

const signal = new AbortController().signal;

/** Threads that only keep states. */
function stateKeeper() {
  const states = new Set<SavedHash>();
  const threads = {
    has: (state: SavedHash) => states.has(state),
    forget: (state: SavedHash) => void states.delete(state),
  } as Threads;
  const hash = {
    save() {
      const state = { size: 0 };
      states.add(state);
      return state;
    },
  } as ArchiveHash;
  return { threads, hash, states };
}

const blob = (name: string): Digest => digestOf(Buffer.from(name));
const blobs = (names: string): Digest[] => [...names].map(blob);
const facts = (names: string): LayerFacts[] =>
  [...names].map((name) => ({ digest: blob(`unpacked ${name}`), size: 1, compression: "gzip" }));

/** Goes to the end of a way. */
function walk(way: LayerWay, names: string, hash: ArchiveHash): void {
  for (let count = (way.known?.layers.length ?? 0) + 1; count <= names.length; count++) {
    way.reached(facts(names.slice(0, count)), hash);
  }
  way.end();
}

describe("what was hashed", () => {
  test.each([
    ["the same layers", "abc", "abc", 3],
    ["one layer more", "abc", "abcd", 3],
    ["one layer less", "abc", "ab", 2],
    ["another top", "abc", "abx", 2],
    ["another base", "abc", "xbc", 0],
    ["another order", "abc", "bac", 0],
    ["a layer twice", "aab", "aac", 2],
    ["no layers", "abc", "", 0],
  ])("of %s", async (_, first, second, shared) => {
    const { threads, hash } = stateKeeper();
    const prefixes = createLayerPrefixes(threads);
    walk(await prefixes.begin(blobs(first), signal), first, hash);
    const way = await prefixes.begin(blobs(second), signal);
    expect(way.known?.layers ?? []).toEqual(facts(second.slice(0, shared)));
    way.end();
  });

  test("is not known any more when its thread has ended", async () => {
    const { threads, hash, states } = stateKeeper();
    const prefixes = createLayerPrefixes(threads);
    walk(await prefixes.begin(blobs("ab"), signal), "ab", hash);
    states.clear();
    expect((await prefixes.begin(blobs("ab"), signal)).known).toBe(null);
  });

  test("is kept up to a bound, and then the state is forgotten", async () => {
    const { threads, hash, states } = stateKeeper();
    const prefixes = createLayerPrefixes(threads);
    for (let image = 0; image < 2100; image++) {
      const way = await prefixes.begin([blob(String(image))], signal);
      way.reached(facts("a"), hash);
      way.end();
    }
    expect(states.size).toBe(2000);
    expect((await prefixes.begin([blob("0")], signal)).known).toBe(null);
    expect((await prefixes.begin([blob("2099")], signal)).known).not.toBe(null);
  });
});

describe("what is being hashed for another image is waited for", () => {
  /** Two images that begin alike; whether the second may begin. */
  async function together(first: string, second: string) {
    const { threads, hash } = stateKeeper();
    const prefixes = createLayerPrefixes(threads);
    const leader = await prefixes.begin(blobs(first), signal);
    const seen: { way: LayerWay | null } = { way: null };
    const controller = new AbortController();
    const beginning = prefixes.begin(blobs(second), controller.signal).then((way) => {
      seen.way = way;
      return way;
    });
    beginning.catch(() => undefined);
    await settled();
    return { leader, hash, seen, beginning, controller };
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test("up to where they part", async () => {
    const { leader, hash, seen } = await together("abc", "abx");
    leader.reached(facts("a"), hash);
    await settled();
    expect(seen.way).toBe(null);
    leader.reached(facts("ab"), hash);
    await settled();
    expect(seen.way?.known?.layers).toEqual(facts("ab"));
  });

  test("who has nothing in common does not wait", async () => {
    expect((await together("abc", "xyz")).seen.way?.known).toBe(null);
  });

  test("who follows goes on alone from where the other one gave up", async () => {
    const { leader, hash, seen } = await together("abc", "abc");
    leader.reached(facts("a"), hash);
    leader.end();
    await settled();
    expect(seen.way?.known?.layers).toEqual(facts("a"));
  });

  test("who is aborted waits no more", async () => {
    const { beginning, controller } = await together("abc", "abc");
    controller.abort(new Error("enough"));
    await expect(beginning).rejects.toThrow("enough");
  });
});
