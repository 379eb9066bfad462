import { expect, test } from "vitest";
import { age, exactTime } from "../../../../server/src/lsp/features/ages.ts";
import { DAY, NOW } from "./harness.ts";

const HOUR = DAY / 24;
const MINUTE = HOUR / 60;

test.each<[elapsed: number, words: string]>([
  [-HOUR, "just now"],
  [0, "just now"],
  [MINUTE - 1, "just now"],
  [MINUTE, "1 minute ago"],
  [2 * MINUTE, "2 minutes ago"],
  [HOUR - 1, "59 minutes ago"],
  [HOUR, "1 hour ago"],
  [DAY - 1, "23 hours ago"],
  [DAY, "1 day ago"],
  [59 * DAY, "59 days ago"],
  [60 * DAY, "2 months ago"],
  [729 * DAY, "24 months ago"],
  [730 * DAY, "2 years ago"],
])("%i ms: %s", (elapsed, words) => {
  expect(age(NOW - elapsed, NOW)).toBe(words);
});

test("an exact time is in UTC, to the minute", () => {
  expect(exactTime(NOW)).toBe("2026-11-24 12:00 UTC");
});
