import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { CodedError } from "../../../server/src/base/errors.ts";
import { type BlobDownloads, createBlobDownloads } from "../../../server/src/prefetch/blob-downloads.ts";
import { createDownloadBudget, type DownloadBudget } from "../../../server/src/prefetch/download-budget.ts";
import { collect } from "../../support/read-layer.ts";
import { until } from "../../support/registry/client-harness.ts";
import { type GatedBlob, type GatedBlobs, gatedBlobs, MEGABYTE, settled } from "./gated-blobs.ts";

const WINDOW = 4 * MEGABYTE;
const PIECE = 64 * 1024;
const TRIAL = 4 * WINDOW;

interface Scene {
  readonly blobs: GatedBlobs;
  readonly budget: DownloadBudget;
  readonly abort: AbortController;
  start(...order: GatedBlob[]): BlobDownloads;
  /** Begins to read a blob and takes its first bytes. */
  begin(downloads: BlobDownloads, blob: GatedBlob): Promise<AsyncIterator<Uint8Array>>;
  /** Reads on, each piece when it comes, for so long that it is plain that the network is slow; then waits for the next. */
  starve(reader: AsyncIterator<Uint8Array>, blob: GatedBlob): Promise<Promise<unknown>[]>;
}

/** When the test is over, nothing is downloaded any more, and nothing held. */
function scene({ memory = 64 * MEGABYTE, perHost = 6 } = {}): Scene {
  const blobs = gatedBlobs();
  const budget = createDownloadBudget({ memory, perHost });
  const abort = new AbortController();
  const started: BlobDownloads[] = [];
  onTestFinished(async () => {
    await Promise.all(started.map((downloads) => downloads.close()));
    expect(blobs.underWay()).toEqual([]);
    expect(budget.held).toBe(0);
  });
  return {
    blobs,
    budget,
    abort,
    start(...order) {
      const downloads = createBlobDownloads({
        ...{ blobs, budget, host: "registry.example", signal: abort.signal },
        order: order.map(({ descriptor }) => descriptor),
      });
      started.push(downloads);
      return downloads;
    },
    async begin(downloads, blob) {
      const reader = downloads.read(blob.descriptor)[Symbol.asyncIterator]();
      blobs.let(blob, PIECE);
      await reader.next();
      return reader;
    },
    async starve(reader, blob) {
      for (let allowed = blobs.taken(blob) + PIECE, last = allowed + TRIAL; allowed <= last; allowed += PIECE) {
        const next = reader.next();
        blobs.let(blob, allowed);
        await next;
      }
      // In an array, or it would be waited for.
      return [reader.next()];
    },
  };
}

async function readAll(downloads: BlobDownloads, blob: GatedBlob): Promise<void> {
  expect((await collect(downloads.read(blob.descriptor))).equals(blob.bytes)).toBe(true);
}

describe("a blob that is read", () => {
  test("streams through, whatever the bounds", async () => {
    const { blobs, start } = scene({ memory: 0, perHost: 1 });
    const [a, b] = [blobs.add("a", 6 * MEGABYTE), blobs.add("b", 1000)];
    const downloads = start(a, b);
    for (const blob of [a, b]) {
      expect(blobs.opened).not.toContain(blob === a ? "a" : "b");
      blobs.let(blob);
      await readAll(downloads, blob);
    }
  });

  test("is not received faster than it is read, but for a window", async () => {
    const { blobs, start, begin } = scene();
    const a = blobs.add("a", 3 * WINDOW);
    const reader = await begin(start(a), a);
    blobs.let(a);
    await until(() => blobs.taken(a) >= WINDOW);
    await settled();
    expect(blobs.taken(a)).toBe(WINDOW + PIECE);
    await reader.next();
    await until(() => blobs.taken(a) === WINDOW + 2 * PIECE);
  });

  test("is downloaded again when it is read again", async () => {
    const { blobs, start } = scene();
    const a = blobs.add("a", 100_000);
    const downloads = start(a);
    blobs.let(a);
    await readAll(downloads, a);
    await readAll(downloads, a);
    expect(blobs.opened).toEqual(["a", "a"]);
  });

  test("may be one of several, and may be given up", async () => {
    const { blobs, budget, start, begin } = scene({ memory: 0 });
    const [a, b] = [blobs.add("a", 9 * MEGABYTE), blobs.add("b", 9 * MEGABYTE)];
    const downloads = start(a, b);
    const readers = [await begin(downloads, a), await begin(downloads, b)];
    blobs.let(a);
    blobs.let(b);
    await until(() => budget.held >= 2 * WINDOW);
    await readers[0]!.return?.();
    expect(blobs.underWay()).toEqual(["b"]);
    expect(budget.held).toBeLessThan(WINDOW + 2 * PIECE);
    await readers[1]!.return?.();
  });

  test("costs nothing when its descriptor holds it", async () => {
    const { blobs, start } = scene();
    const [a, b] = [blobs.add("a", 10), blobs.add("b", 10, { data: Buffer.from("b".repeat(10)) })];
    const downloads = start(b, a);
    await settled();
    expect(blobs.opened).toEqual(["a"]);
    expect(await downloads.end(b.descriptor, 4)).toEqual(Buffer.from("bbbb"));
    expect(blobs.ends).toEqual([]);
  });
});

describe("prefetches that share a budget", () => {
  test("never wait for each other, even where it has room for nothing", async () => {
    const { blobs, start, begin } = scene({ memory: PIECE, perHost: 1 });
    const images = ["a", "b", "c"].map((name) => [1, 2, 3].map((part) => blobs.add(`${name}${part}`, 5 * MEGABYTE)));
    const all = images.map((image) => ({ image, downloads: start(...image) }));
    // Each has begun, so each might stand in the way of the others.
    const readers = await Promise.all(all.map(({ image, downloads }) => begin(downloads, image[0]!)));
    for (const blob of images.flat()) blobs.let(blob);
    await settled();
    await Promise.all(readers.map((reader) => reader.return?.()));
    await Promise.all(
      all.map(async ({ image, downloads }) => {
        for (const blob of image) await readAll(downloads, blob);
      }),
    );
  });

  test("share the downloads from a host; another host has its own", async () => {
    const { blobs, budget, start, abort } = scene({ perHost: 4 });
    const [a, b, c] = ["a", "b", "c"].map((name) => [1, 2, 3, 4, 5].map((part) => blobs.add(`${name}${part}`, 1000)));
    const first = start(...a!);
    await settled();
    expect(blobs.underWay()).toEqual(["a1", "a2", "a3", "a4"]);
    start(...b!);
    const elsewhere = createBlobDownloads({
      ...{ blobs, budget, host: "other.example", signal: abort.signal },
      order: c!.map(({ descriptor }) => descriptor),
    });
    await settled();
    expect(blobs.underWay()).toEqual(["a1", "a2", "a3", "a4", "c1", "c2", "c3", "c4"]);
    for (const blob of a!.slice(0, 3)) blobs.let(blob);
    await until(() => blobs.underWay().length === 8 && !blobs.underWay().includes("a3"));
    // No more than half of them for each of two.
    expect(blobs.underWay().filter((name) => name.startsWith("a"))).toEqual(["a4", "a5"]);
    expect(blobs.underWay().filter((name) => name.startsWith("b"))).toEqual(["b1", "b2"]);
    await first.close();
    await until(() => blobs.underWay().filter((name) => name.startsWith("b")).length === 4);
    await elsewhere.close();
  });

  test("hold no more than it, besides a window for each blob that is read", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.array(fc.integer({ min: 0, max: 6 * MEGABYTE }), { minLength: 1, maxLength: 5 }), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.scheduler(),
        async (megabytes, perHost, images, scheduler) => {
          const memory = megabytes * MEGABYTE;
          const blobs = gatedBlobs();
          const budget = createDownloadBudget({ memory, perHost });
          let most = 0;
          blobs.onTaken = () => {
            most = Math.max(most, budget.held);
          };
          const reading = images.map(async (sizes, image) => {
            const parts = sizes.map((size, part) => blobs.add(`${image}.${part}`, size));
            for (const part of parts) blobs.let(part);
            const order = parts.map(({ descriptor }) => descriptor);
            const downloads = createBlobDownloads({ blobs, budget, host: "", order, signal: undefined });
            for (const part of parts) {
              let size = 0;
              let chunks = 0;
              for await (const chunk of downloads.read(part.descriptor)) {
                size += chunk.length;
                if (chunks++ % 16 === 0) await scheduler.schedule(Promise.resolve());
              }
              expect(size).toBe(part.bytes.length);
            }
            await downloads.close();
          });
          await scheduler.waitFor(Promise.all(reading));
          expect(most).toBeLessThanOrEqual(memory + images.length * (WINDOW + PIECE));
          expect(budget.held).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("what runs ahead", () => {
  test("are the next blobs in order, as many as the bound says, each at once when another is there", async () => {
    const { blobs, start } = scene({ perHost: 3 });
    const all = ["a", "b", "c", "d", "e"].map((name) => blobs.add(name, 1000));
    start(...all);
    await settled();
    expect(blobs.opened).toEqual(["a", "b", "c"]);
    blobs.let(all[1]!);
    await until(() => blobs.opened.length === 4);
    expect(blobs.underWay()).toEqual(["a", "c", "d"]);
  });

  test("waits in a window each while work is what takes time", async () => {
    const { blobs, budget, start, begin } = scene();
    const all = ["a", "b", "c"].map((name) => blobs.add(name, 3 * WINDOW));
    const reader = await begin(start(...all), all[0]!);
    for (const blob of all) blobs.let(blob);
    await until(() => budget.held === 3 * WINDOW);
    // It takes what there is, and finds some each time.
    for (let chunk = 0; chunk < 100; chunk++) {
      await reader.next();
      await settled();
    }
    expect(all.map((blob) => blobs.taken(blob))).toEqual([WINDOW + 101 * PIECE, WINDOW, WINDOW]);
    await reader.return?.();
  });

  test("small blobs are no more than six windows then, though there are many", async () => {
    const { blobs, start, begin } = scene();
    const head = blobs.add("a", 3 * WINDOW);
    const small = Array.from({ length: 30 }, (_, index) => blobs.add(`b${index}`, MEGABYTE));
    for (const blob of [head, ...small]) blobs.let(blob);
    const reader = await begin(start(head, ...small), head);
    blobs.let(head);
    await until(() => blobs.taken(head) > WINDOW);
    await settled();
    const taken = small.filter((blob) => blobs.taken(blob) > 0).length;
    expect(taken).toBeLessThanOrEqual(24);
    expect(taken).toBeGreaterThanOrEqual(20);
    await reader.return?.();
  });

  test("grows, the next two blobs, until the memory is full, while a reader waits for bytes", async () => {
    const { blobs, budget, start, begin, starve } = scene({ memory: 32 * MEGABYTE });
    const all = ["a", "b", "c", "d"].map((name) => blobs.add(name, 12 * WINDOW));
    const [a, b, c, d] = all as [GatedBlob, GatedBlob, GatedBlob, GatedBlob];
    const reader = await begin(start(...all), a);
    for (const blob of [b, c, d]) blobs.let(blob);
    const [starved] = await starve(reader, a);
    await until(() => budget.held > 32 * MEGABYTE - PIECE - WINDOW && blobs.taken(d) === WINDOW);
    await settled();
    expect(budget.held).toBeLessThanOrEqual(32 * MEGABYTE + PIECE);
    expect(blobs.taken(b)).toBeGreaterThan(2 * WINDOW);
    expect(blobs.taken(c)).toBeGreaterThan(2 * WINDOW);
    expect(blobs.taken(d)).toBe(WINDOW);
    blobs.let(a);
    await starved;
    await reader.return?.();
  });

  test("does not grow until that has lasted: the network may fill a window meanwhile", async () => {
    const { blobs, start, begin } = scene();
    const [a, b] = [blobs.add("a", 9 * WINDOW), blobs.add("b", 9 * WINDOW)];
    const reader = await begin(start(a, b), a);
    const starved = reader.next();
    blobs.let(b);
    await until(() => blobs.taken(b) === WINDOW);
    await settled();
    expect(blobs.taken(b)).toBe(WINDOW);
    blobs.let(a);
    await starved;
    await reader.return?.();
  });

  test("leaves that to a blob before it whose reader does not go on yet", async () => {
    const { blobs, start, begin, starve } = scene();
    const [a, b] = [blobs.add("a", 9 * WINDOW), blobs.add("b", 3 * WINDOW)];
    const downloads = start(a, b);
    const readers = [await begin(downloads, a), await begin(downloads, b)];
    blobs.let(b);
    const [starved] = await starve(readers[0]!, a);
    await until(() => blobs.taken(b) === b.bytes.length);
    blobs.let(a);
    await starved;
    await Promise.all(readers.map((reader) => reader.return?.()));
  });

  test("stops to grow as soon as the reader has more than it can take", async () => {
    const { blobs, start, begin, starve } = scene();
    const [a, b] = [blobs.add("a", 9 * WINDOW), blobs.add("b", 5 * WINDOW)];
    const reader = await begin(start(a, b), a);
    const [starved] = await starve(reader, a);
    blobs.let(b, 2 * WINDOW);
    await until(() => blobs.taken(b) === 2 * WINDOW);
    blobs.let(a);
    await starved;
    await until(() => blobs.taken(a) >= TRIAL + WINDOW);
    await settled();
    blobs.let(b);
    await settled();
    // What was asked for already has come.
    expect(blobs.taken(b)).toBe(2 * WINDOW + PIECE);
    await reader.return?.();
  });

  test.each([
    ["is too large for the others to hide it", 300, ["a", "c", "e"]],
    ["is about as large as the others", 40, ["a", "c", "d"]],
  ])("goes on with the largest blob, for a reader that waits, when it %s", async (_, megabytes, underWay) => {
    const { blobs, start, begin, starve } = scene({ perHost: 2 });
    const [a, b, c, d] = [40, 1, 40, 40].map((size, index) => blobs.add("abcd".charAt(index), size * MEGABYTE));
    const downloads = start(a!, b!, c!, d!, blobs.add("e", megabytes * MEGABYTE));
    const reader = await begin(downloads, a!);
    const [starved] = await starve(reader, a!);
    await settled();
    expect(blobs.underWay()).toEqual(["a", "b", "c"]);
    blobs.let(b!);
    await until(() => blobs.opened.length === 4);
    expect(blobs.underWay()).toEqual(underWay);
    blobs.let(a!);
    await starved;
    await reader.return?.();
  });
});

describe("what goes wrong", () => {
  test("an abort ends all with its reason", async () => {
    const { blobs, budget, abort, start, begin } = scene();
    const [a, b] = [blobs.add("a", 3 * WINDOW), blobs.add("b", 3 * WINDOW)];
    const downloads = start(a, b);
    const reader = await begin(downloads, a);
    const waiting = reader.next();
    blobs.let(b, MEGABYTE);
    const end = downloads.end(blobs.add("c", 9 * MEGABYTE).descriptor, 4);
    await end;
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await until(() => blobs.underWay().length === 0);
    await expect(collect(downloads.read(b.descriptor))).rejects.toThrow("enough");
    await expect(downloads.end(a.descriptor, 4)).rejects.toThrow("enough");
    await downloads.close();
    expect(budget.held).toBe(0);
  });

  test("closing ends who still reads", async () => {
    const { blobs, start, begin } = scene();
    const a = blobs.add("a", 3 * WINDOW);
    const downloads = start(a);
    const reader = await begin(downloads, a);
    const waiting = expect(reader.next()).rejects.toMatchObject({ name: "AbortError" });
    await downloads.close();
    await waiting;
    expect(blobs.underWay()).toEqual([]);
  });

  test("a blob that fails ahead tells its reader, after what came; the others go on", async () => {
    const { blobs, start } = scene();
    const [a, b] = [blobs.add("a", 200_000), blobs.add("b", 200_000)];
    const failure = new CodedError("blob-missing", "There is no such blob.");
    const downloads = start(a, b);
    blobs.let(b, PIECE);
    blobs.fail(b, failure);
    await until(() => blobs.underWay().join() === "a");
    blobs.let(a);
    await readAll(downloads, a);
    const reader = downloads.read(b.descriptor)[Symbol.asyncIterator]();
    expect((await reader.next()).value).toHaveLength(PIECE);
    await expect(reader.next()).rejects.toBe(failure);
    expect(blobs.opened).toEqual(["a", "b"]);
  });

  test("a failure ahead is told at once, but not that of what is read, or of what was stopped", async () => {
    const { blobs, budget } = scene();
    const [a, b, c] = ["a", "b", "c"].map((name) => blobs.add(name, 200_000));
    const told: unknown[] = [];
    const order = [a!, b!, c!].map(({ descriptor }) => descriptor);
    const onFailure = (error: unknown) => void told.push(error);
    const downloads = createBlobDownloads({ blobs, budget, host: "", order, signal: undefined, onFailure });
    const reading = collect(downloads.read(a!.descriptor));
    const failures = [new Error("a"), new Error("b")];
    blobs.fail(a!, failures[0]);
    await expect(reading).rejects.toBe(failures[0]);
    blobs.fail(b!, failures[1]);
    await until(() => blobs.underWay().join() === "c");
    await downloads.close();
    expect(told).toEqual([failures[1]]);
  });

  test("a bad copy that nobody was given anything of is mended by a fresh one", async () => {
    const { blobs, start } = scene();
    const [a, b] = [blobs.add("a", 200_000), blobs.add("b", 200_000)];
    blobs.corrupt(b, ["any"]);
    const downloads = start(a, b);
    blobs.let(b);
    await until(() => blobs.opened.includes("b fresh") && blobs.underWay().join() === "a");
    await readAll(downloads, b);
    expect(blobs.opened).toEqual(["a", "b", "b fresh"]);
  });

  test.each([
    ["whose bytes were given already", ["any"], ["a", "a fresh"]],
    ["that is bad at its origin too", ["any", "fresh"], ["a", "a fresh"]],
  ] as const)("a bad copy %s is its reader's", async (_, copies, opened) => {
    const { blobs, start, begin } = scene();
    const a = blobs.add("a", 200_000);
    blobs.corrupt(a, copies);
    const downloads = start(a);
    if (copies.length === 1) {
      const reader = await begin(downloads, a);
      blobs.let(a);
      const rest = collect({ [Symbol.asyncIterator]: () => reader });
      await expect(rest).rejects.toMatchObject({ code: "digest-mismatch" });
      expect((await collect(downloads.read(a.descriptor, "fresh"))).equals(a.bytes)).toBe(true);
    } else {
      blobs.let(a);
      await until(() => blobs.opened.includes("a fresh") && blobs.underWay().length === 0);
      await expect(collect(downloads.read(a.descriptor))).rejects.toMatchObject({ code: "digest-mismatch" });
    }
    expect(blobs.opened).toEqual(opened);
  });

  test("a blob that is dropped stops, and makes room", async () => {
    const { blobs, start } = scene({ perHost: 1 });
    const [a, b, c] = [blobs.add("a", WINDOW), blobs.add("b", WINDOW), blobs.add("c", WINDOW)];
    const downloads = start(a, b, c);
    downloads.drop(b.descriptor);
    downloads.drop(a.descriptor);
    await until(() => blobs.underWay().join() === "c");
    expect(blobs.opened).toEqual(["a", "c"]);
  });
});

describe("the end of a blob", () => {
  const tail = (blob: GatedBlob) => blob.bytes.subarray(-4);

  test("that is small is taken from what comes ahead, and asked for once", async () => {
    const { blobs, start } = scene({ perHost: 2 });
    const all = ["a", "b", "c"].map((name) => blobs.add(name, 100_000));
    const downloads = start(...all);
    blobs.let(all[0]!);
    await until(() => blobs.opened.length === 3);
    const ends = all.map((blob) => downloads.end(blob.descriptor, 4));
    expect(downloads.end(all[1]!.descriptor, 4)).toBe(ends[1]);
    for (const blob of all) blobs.let(blob);
    expect(await Promise.all(ends)).toEqual(all.map(tail));
    expect(blobs.ends).toEqual([]);
    for (const blob of all) await readAll(downloads, blob);
    expect(blobs.opened).toEqual(["a", "b", "c"]);
  });

  test("that is small and read is known though its reader does not go on", async () => {
    const { blobs, start, begin } = scene();
    const a = blobs.add("a", WINDOW);
    const downloads = start(a);
    const reader = await begin(downloads, a);
    const end = downloads.end(a.descriptor, 4);
    blobs.let(a);
    expect(await end).toEqual(tail(a));
    await reader.return?.();
  });

  test.each<[string, { memory?: number; perHost?: number }, size: number]>([
    ["is large", {}, WINDOW + 1],
    ["can't come ahead for want of memory", { memory: 10 * PIECE }, WINDOW],
    ["can't come ahead for others from its host", { perHost: 1 }, 1000],
  ])("is asked for by range when the blob %s", async (_, bounds, size) => {
    const { blobs, start, begin } = scene(bounds);
    const [a, b, c] = [blobs.add("a", 3 * WINDOW), blobs.add("b", WINDOW + 1), blobs.add("c", size)];
    const downloads = start(a, b, c);
    const reader = await begin(downloads, a);
    blobs.let(c, 5 * PIECE);
    expect(await downloads.end(c.descriptor, 4)).toEqual(tail(c));
    expect(blobs.ends).toEqual(["c"]);
    await reader.return?.();
  });

  test.each(["is larger than it says", "fails"])("is null when a small blob %s", async (what) => {
    const { blobs, start } = scene();
    const a = blobs.add("a", 10 * PIECE, { size: what === "fails" ? 10 * PIECE : 1000 });
    const downloads = start(a);
    blobs.let(a, 5 * PIECE);
    if (what === "fails") blobs.fail(a, new Error("gone"));
    expect(await downloads.end(a.descriptor, 4)).toBeNull();
    expect(blobs.ends).toEqual([]);
  });

  test("is null when it is not to be had", async () => {
    const { blobs, start } = scene();
    const a = blobs.add("a", WINDOW + 1);
    const end = blobs.end;
    blobs.end = async (...asked) => (await end(...asked)) && null;
    expect(await start(a).end(a.descriptor, 4)).toBeNull();
  });
});
