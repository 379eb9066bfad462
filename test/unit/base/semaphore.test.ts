import { expect, test } from "vitest";
import { createSemaphore } from "../../../server/src/base/semaphore.ts";

/** Pieces of work that run until they are told to end. */
function createWorks(permits: number) {
  const semaphore = createSemaphore(permits);
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (name: string, signal?: AbortSignal) =>
    semaphore.run(signal, async () => {
      running.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      running.splice(running.indexOf(name), 1);
      return name;
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await settled();
  };
  return { semaphore, running, start, end };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("so many run at once, and the next in the order of their coming", async () => {
  const { running, start, end } = createWorks(2);
  const all = Promise.all(["a", "b", "c", "d"].map((name) => start(name)));
  await settled();
  expect(running).toEqual(["a", "b"]);
  await end("b");
  expect(running).toEqual(["a", "c"]);
  await end("a");
  expect(running).toEqual(["c", "d"]);
  await end("c");
  await end("d");
  expect(await all).toEqual(["a", "b", "c", "d"]);
});

test("work that fails makes room too", async () => {
  const { semaphore, running, start, end } = createWorks(1);
  const failing = semaphore.run(undefined, () => Promise.reject(new Error("no luck")));
  const next = start("next");
  await expect(failing).rejects.toThrow("no luck");
  await settled();
  expect(running).toEqual(["next"]);
  await end("next");
  expect(await next).toBe("next");
});

test("who aborts while waiting leaves, and the others move up", async () => {
  const { running, start, end } = createWorks(1);
  const controller = new AbortController();
  const first = start("first");
  const aborted = start("aborted", controller.signal);
  const last = start("last");
  controller.abort(new Error("no longer"));
  await expect(aborted).rejects.toThrow("no longer");
  await end("first");
  expect(running).toEqual(["last"]);
  await end("last");
  await Promise.all([first, last]);
  await expect(start("late", controller.signal)).rejects.toThrow("no longer");
  expect(running).toEqual([]);
});

test("made narrower, it waits until enough have ended; made wider, more start at once", async () => {
  const { semaphore, running, start, end } = createWorks(2);
  const all = Promise.all(["a", "b", "c", "d"].map((name) => start(name)));
  await settled();
  semaphore.resize(1);
  await end("a");
  expect(running).toEqual(["b"]);
  semaphore.resize(3);
  await settled();
  expect(running).toEqual(["b", "c", "d"]);
  for (const name of ["b", "c", "d"]) await end(name);
  await all;
});
