import { describe, expect, test } from "vitest";
import { CodedError } from "../../../server/src/base/errors.ts";
import { createRetries, readRetryAfter, TransientFailure } from "../../../server/src/registry/retry.ts";
import { createTestClock, until } from "../../support/registry/client-harness.ts";

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);

describe("Retry-After", () => {
  test.each<[string | undefined, number | null]>([
    ["0", 0],
    ["7", 7000],
    [" 120 ", 120_000],
    ["Tue, 24 Nov 2026 12:01:30 GMT", 90_000],
    ["Tuesday, 24-Nov-26 12:00:05 GMT", 5000],
    ["Tue Nov 24 12:00:05 2026 GMT", 5000],
    ["Tue, 24 Nov 2026 11:00:00 GMT", 0],
    ["-5", null],
    ["1.5", null],
    ["2026-11-24", null],
    ["soon", null],
    ["99999999999999", null],
    ["", null],
    [undefined, null],
  ])("%j asks for %j ms", (header, milliseconds) => {
    expect(readRetryAfter(header, NOW)).toBe(milliseconds);
  });
});

function failing(times: number, failure: () => Error) {
  let calls = 0;
  return {
    calls: () => calls,
    work: async () => {
      calls += 1;
      if (calls <= times) throw failure();
      return "done";
    },
  };
}

const unreachable = () => new TransientFailure(new CodedError("registry-unreachable", "It is down."), "it is down");
const limited = (retryAfter: number | null = null) =>
  new TransientFailure(new CodedError("registry-rate-limited", "Too many."), "registry is rate limiting", retryAfter);

const limitedWait = { milliseconds: 30_000, reason: "registry is rate limiting" };

describe("failed work", () => {
  test.each<[string, number, () => Error, slept: number[]]>([
    ["is repeated with growing pauses", 4, unreachable, [500, 1000, 2000, 4000]],
    ["starts at two seconds when the registry limits", 2, limited, [2000, 4000]],
    ["waits as long as it is asked", 1, () => limited(90_000), [90_000]],
    ["is repeated at once when it is asked so", 1, () => limited(0), []],
  ])("%s", async (_name, times, failure, slept) => {
    const clock = createTestClock(NOW);
    const { work, calls } = failing(times, failure);
    expect(await createRetries(clock, () => 0.5).run("https://r", {}, work)).toBe("done");
    expect(clock.slept).toEqual(slept);
    expect(calls()).toBe(times + 1);
  });

  test("fails as its fifth try did", async () => {
    const { work, calls } = failing(99, unreachable);
    const run = createRetries(createTestClock(NOW), () => 0.5).run("https://r", {}, work);
    await expect(run).rejects.toMatchObject({ code: "registry-unreachable", message: "It is down." });
    expect(calls()).toBe(5);
  });

  test("fails at once, with the time, when it should wait for more than two minutes", async () => {
    const clock = createTestClock(NOW);
    const { work, calls } = failing(1, () => limited(7_200_000));
    const run = createRetries(clock, () => 0.5).run("https://r", {}, work);
    await expect(run).rejects.toMatchObject({
      code: "registry-rate-limited",
      message: "Too many. It asks to wait until 2026-11-24 14:00 UTC.",
    });
    expect([calls(), clock.slept]).toEqual([1, []]);
  });

  test("waits for five minutes in all at most", async () => {
    const clock = createTestClock(NOW);
    const { work, calls } = failing(9, () => limited(119_000));
    const run = createRetries(clock, () => 0.5).run("https://r", {}, work);
    await expect(run).rejects.toMatchObject({
      code: "registry-rate-limited",
      message: "Too many. It asks to wait until 2026-11-24 12:05 UTC.",
    });
    expect([calls(), clock.slept]).toEqual([3, [119_000, 119_000]]);
  });

  test("is tried as often as is allowed", async () => {
    const clock = createTestClock(NOW);
    const { work, calls } = failing(9, unreachable);
    await expect(createRetries(clock, () => 0.5, 1).run("https://r", {}, work)).rejects.toThrow("It is down.");
    expect([calls(), clock.slept]).toEqual([1, []]);
  });

  test("is not repeated for other reasons", async () => {
    const { work, calls } = failing(1, () => new CodedError("digest-gone", "Gone."));
    await expect(createRetries(createTestClock(NOW), () => 0.5).run("https://r", {}, work)).rejects.toThrow("Gone.");
    expect(calls()).toBe(1);
  });

  test("keeps the other requests to its origin waiting, and tells them why", async () => {
    let now = NOW;
    let wake = () => {};
    const night = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const retries = createRetries({ now: () => now, sleep: () => night }, () => 0.5);
    const refused = failing(1, () => limited(30_000));
    const waits: unknown[] = [];
    const first = retries.run("https://r", { onWait: (wait) => waits.push(wait) }, refused.work);
    await until(() => waits.length === 1);

    const second = failing(0, unreachable);
    const waiting = retries.run("https://r", { onWait: (wait) => waits.push(wait) }, second.work);
    expect(await retries.run("https://elsewhere", {}, failing(0, unreachable).work)).toBe("done");
    expect(second.calls()).toBe(0);
    expect(waits).toEqual([limitedWait, limitedWait]);
    now += 30_000;
    wake();
    expect(await Promise.all([first, waiting])).toEqual(["done", "done"]);
  });

  test("ends with the signal's reason when aborted while it waits", async () => {
    const reason = new Error("stopped by the user");
    const controller = new AbortController();
    const clock = {
      now: () => NOW,
      sleep: () =>
        new Promise<never>((_, reject) =>
          controller.signal.addEventListener("abort", () => reject(controller.signal.reason)),
        ),
    };
    const options = { signal: controller.signal, onWait: () => queueMicrotask(() => controller.abort(reason)) };
    await expect(createRetries(clock, () => 0.5).run("https://r", options, failing(9, unreachable).work)).rejects.toBe(
      reason,
    );
  });
});
