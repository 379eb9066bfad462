import { describe, expect, test } from "vitest";
import { createProgress, type ProgressItem } from "../../../server/src/cli/progress.ts";
import { createStyle } from "../../../server/src/cli/style.ts";
import type { PrefetchProgress } from "../../../server/src/prefetch/prefetch.ts";

const MB = 1_000_000;
const CLEAR = "\r\u001b[2K";
const at = (receivedBytes: number, layersDone = 0, waiting: string | null = null): PrefetchProgress => ({
  receivedBytes,
  totalBytes: 100 * MB,
  layersDone,
  layersTotal: 4,
  waiting,
});

function screen({ isTerminal = true, columns = 120, total = 2 } = {}) {
  const writes: string[] = [];
  let now = 0;
  const stream = {
    write: (text: string) => void writes.push(text),
    isTerminal,
    columns: () => columns,
    style: createStyle(false),
  };
  const progress = createProgress(stream, { now: () => now, sleep: async () => {} }, total);
  return {
    progress,
    writes,
    last: () => writes.at(-1)?.replace(CLEAR, ""),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

const app: ProgressItem = { label: "org/app:1.0" };
const other: ProgressItem = { label: "org/other:2" };

describe("on a terminal", () => {
  test("pins done, bytes, layers, total, speed and time left", () => {
    const { progress, last, pass } = screen();
    progress.started(app);
    expect(last()).toBe("0/2  org/app:1.0");
    pass(1000);
    progress.advanced(app, at(0));
    pass(1000);
    progress.advanced(app, at(20 * MB, 1));
    // 20 MB in the two seconds since the line was first drawn.
    expect(last()).toBe("0/2  org/app:1.0  20.0 MB of 100.0 MB, 1 of 4 layers  total 20.0 MB  10.0 MB/s  8.0 s left");
  });

  test("the download that has run longest is shown, and the total is of all", () => {
    const { progress, last, pass } = screen();
    progress.started(app);
    progress.started(other);
    pass(200);
    progress.advanced(app, at(10 * MB));
    pass(200);
    progress.advanced(other, at(30 * MB));
    expect(last()).toMatch(/^0\/2 {2}org\/app:1\.0 {2}10\.0 MB of .* total 40\.0 MB/);
    pass(200);
    progress.finished(app);
    expect(last()).toMatch(/^1\/2 {2}org\/other:2 {2}30\.0 MB of .* total 40\.0 MB/);
  });

  test("at most ten times a second", () => {
    const { progress, writes, pass } = screen();
    progress.started(app);
    for (let step = 0; step < 1000; step++) {
      pass(1);
      progress.advanced(app, at(step));
    }
    expect(writes).toHaveLength(11);
  });

  test("within the terminal's width", () => {
    const { progress, writes, pass } = screen({ columns: 40 });
    progress.started({ label: "x".repeat(100) });
    pass(200);
    progress.advanced(app, at(20 * MB));
    for (const text of writes) expect(text.replace(CLEAR, "").length).toBeLessThan(40);
  });

  test.each([
    [
      "in a download",
      (progress: ReturnType<typeof screen>["progress"]) => progress.advanced(app, at(0, 0, "waiting 12 s: x")),
    ],
    [
      "before any",
      (progress: ReturnType<typeof screen>["progress"]) => progress.waits({ milliseconds: 11_500, reason: "x" }),
    ],
  ])("a wait %s is told", (_, wait) => {
    const { progress, last, pass } = screen();
    progress.started(app);
    pass(200);
    wait(progress);
    expect(last()).toContain("org/app:1.0  waiting 12 s: x");
  });

  test("the line is taken away once, for something else to be written", () => {
    const { progress, writes } = screen();
    progress.started(app);
    progress.clear();
    progress.clear();
    expect(writes).toEqual([`${CLEAR}0/2  org/app:1.0`, CLEAR]);
  });
});

describe("elsewhere", () => {
  test("a line at a large download's start and end, and none for what nobody waits for", () => {
    const { progress, writes, pass } = screen({ isTerminal: false });
    progress.started(app);
    progress.started(other);
    progress.finished(other);
    progress.advanced(other, { ...at(0), totalBytes: 999_999 });
    progress.advanced(app, at(0));
    progress.advanced(app, at(50 * MB));
    pass(2500);
    progress.finished(app);
    expect(writes).toEqual(["downloading org/app:1.0 (100.0 MB, 4 layers)\n", "finished org/app:1.0 after 2.5 s\n"]);
  });

  test("a wait has a line", () => {
    const { progress, writes } = screen({ isTerminal: false });
    progress.waits({ milliseconds: 3000, reason: "the registry is rate limiting" });
    expect(writes).toEqual(["waiting 3 s: the registry is rate limiting\n"]);
  });
});
