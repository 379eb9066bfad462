import fc from "fast-check";
import { expect, test } from "vitest";
import { createInOrder } from "../../../server/src/cli/in-order.ts";

const KEYS = ["a", "b", "c", "d"].map((name) => ({ name }));

function passedAfter(settled: readonly number[], flush: boolean): string {
  const passed: string[] = [];
  const inOrder = createInOrder<{ name: string }, { name: string }>(KEYS, ({ name }) => passed.push(name));
  for (const index of settled) inOrder.settle(KEYS[index]!, KEYS[index]!);
  if (flush) inOrder.flush();
  return passed.join("");
}

test.each<[settled: number[], passed: string, flushed: string]>([
  [[], "", ""],
  [[0, 1], "ab", "ab"],
  [[1, 0], "ab", "ab"],
  [[3, 1], "", "bd"],
  [[2, 0, 3], "a", "acd"],
])("after %j come %j, and %j at the end", (settled, passed, flushed) => {
  expect(passedAfter(settled, false)).toBe(passed);
  expect(passedAfter(settled, true)).toBe(flushed);
});

test("whatever the order of settling, all come in theirs and once", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (settled) => {
      expect(passedAfter(settled, true)).toBe("abcd");
    }),
  );
});

test("what settles after the flush is passed on at once", () => {
  const passed: string[] = [];
  const inOrder = createInOrder<{ name: string }, { name: string }>(KEYS, ({ name }) => passed.push(name));
  inOrder.settle(KEYS[1]!, KEYS[1]!);
  inOrder.flush();
  inOrder.settle(KEYS[3]!, KEYS[3]!);
  inOrder.settle(KEYS[0]!, KEYS[0]!);
  expect(passed).toEqual(["b", "d", "a"]);
});
