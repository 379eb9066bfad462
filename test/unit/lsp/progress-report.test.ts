import { expect, test } from "vitest";
import type { Clock } from "../../../server/src/base/clock.ts";
import { createProgressReport } from "../../../server/src/lsp/progress-report.ts";

const PAUSE = 100;

/** A report whose clock stands still until `pass` moves it. */
function stage(total: number) {
  const told: string[] = [];
  const sleepers: (() => void)[] = [];
  let now = 0;
  const clock: Clock = {
    now: () => now,
    sleep: () =>
      new Promise((resolve) => {
        sleepers.push(resolve);
      }),
  };
  const ended = new AbortController();
  const reporter = { report: (percentage: number, message: string) => told.push(`${percentage} % ${message}`) };
  const report = createProgressReport(reporter as never, total, clock, ended.signal);
  const pass = async () => {
    now += PAUSE;
    for (const wake of sleepers.splice(0)) wake();
    await Promise.resolve();
  };
  return { told, report, ended, pass };
}

const received = (receivedBytes: number) => ({
  receivedBytes,
  totalBytes: 1000,
  layersDone: 0,
  layersTotal: 1,
  waiting: null,
});

test("what came during the pause is told after it, by what still runs", async () => {
  const { told, report, pass } = stage(3);
  report.started("a");
  report.started("b");
  report.advanced("a", received(500));
  report.finished("a");
  expect(told).toEqual(["0 % 0 of 3 · a"]);
  await pass();
  expect(told.slice(1)).toEqual(["33 % 1 of 3 · 500 B · b"]);
});

test("the last is told at once", () => {
  const { told, report } = stage(1);
  report.started("a");
  report.finished("a");
  expect(told.at(-1)).toBe("100 % 1 of 1");
});

test("after the end nothing is told", async () => {
  const { told, report, ended, pass } = stage(2);
  report.started("a");
  report.started("b");
  ended.abort();
  await pass();
  expect(told).toHaveLength(1);
});
