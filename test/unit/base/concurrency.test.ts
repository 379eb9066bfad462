import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { mapConcurrently } from "../../../server/src/base/concurrency.ts";

/** Work that settles when the test says so. */
function manualWork() {
  const started: number[] = [];
  const settle = new Map<number, { resolve: (value: string) => void; reject: (error: Error) => void }>();
  const work = (item: number) =>
    new Promise<string>((resolve, reject) => {
      started.push(item);
      settle.set(item, { resolve, reject });
    });
  return { started, settle, work };
}

test("gives the results in the order of the items, whichever ends first", async () => {
  const { settle, work } = manualWork();
  const all = mapConcurrently([1, 2, 3], 3, work);
  for (const item of [3, 1, 2]) settle.get(item)?.resolve(`result ${item}`);
  expect(await all).toEqual(["result 1", "result 2", "result 3"]);
});

test("runs no more than the limit at once, and starts the next as soon as one ends", async () => {
  const { started, settle, work } = manualWork();
  const all = mapConcurrently([1, 2, 3, 4], 2, work);
  expect(started).toEqual([1, 2]);
  settle.get(2)?.resolve("b");
  await setImmediate();
  expect(started).toEqual([1, 2, 3]);
  settle.get(3)?.resolve("c");
  await setImmediate();
  expect(started).toEqual([1, 2, 3, 4]);
  settle.get(1)?.resolve("a");
  settle.get(4)?.resolve("d");
  expect(await all).toEqual(["a", "b", "c", "d"]);
});

test("rejects with the first error once what runs has settled, and starts nothing more", async () => {
  const { started, settle, work } = manualWork();
  let settled = false;
  const all = mapConcurrently([1, 2, 3], 2, work).finally(() => {
    settled = true;
  });
  const outcome = expect(all).rejects.toThrow("broken");
  settle.get(2)?.reject(new Error("broken"));
  await setImmediate();
  expect(settled).toBe(false);
  settle.get(1)?.resolve("a");
  await outcome;
  expect(started).toEqual([1, 2]);
});

test("when several fail, the first to fail is the reason", async () => {
  const { settle, work } = manualWork();
  const all = mapConcurrently([1, 2], 2, work);
  const outcome = expect(all).rejects.toThrow("first");
  settle.get(2)?.reject(new Error("first"));
  await setImmediate();
  settle.get(1)?.reject(new Error("second"));
  await outcome;
});

test("does every item once, with its index, under any limit", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer()), fc.integer({ min: -1, max: 20 }), async (items, limit) => {
      let running = 0;
      let most = 0;
      const results = await mapConcurrently(items, limit, async (item, index) => {
        most = Math.max(most, ++running);
        await setImmediate();
        running--;
        return [item, index];
      });
      expect(results).toEqual(items.map((item, index) => [item, index]));
      expect(most).toBeLessThanOrEqual(Math.max(1, limit));
    }),
    { numRuns: 30 },
  );
});
