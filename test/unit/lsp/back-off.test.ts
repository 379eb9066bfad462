import { describe, expect, test } from "vitest";
import { createBackOff } from "../../../server/src/lsp/back-off.ts";
import { manualClock } from "../../support/manual-clock.ts";

const MINUTE = 60_000;
const limited = { code: "registry-rate-limited", message: "docker.io answered 429." } as const;

function backOff() {
  const clock = manualClock();
  return { clock, known: createBackOff(clock) };
}

describe("a registry that fails is left alone", () => {
  test("for two minutes, others not", async () => {
    const { clock, known } = backOff();
    expect(known.learn("docker.io", limited)).toBe(true);
    expect(known.isBlocked("docker.io")).toBe(true);
    expect(known.isBlocked("ghcr.io")).toBe(false);
    expect(known.message()).toBe(limited.message);
    await clock.pass(2 * MINUTE);
    expect(known.isBlocked("docker.io")).toBe(false);
    expect(known.message()).toBeNull();
  });

  test("twice as long after each failure, up to half an hour", async () => {
    const { clock, known } = backOff();
    for (const minutes of [2, 4, 8, 16, 32, 32]) {
      known.learn("docker.io", limited);
      await clock.pass(minutes * MINUTE - 1);
      expect(known.isBlocked("docker.io")).toBe(true);
      await clock.pass(1);
      expect(known.isBlocked("docker.io")).toBe(false);
    }
  });

  test("once for checks that fail together", async () => {
    const { clock, known } = backOff();
    expect([1, 2, 3].map(() => known.learn("docker.io", limited))).toEqual([true, false, false]);
    await clock.pass(2 * MINUTE);
    expect(known.isBlocked("docker.io")).toBe(false);
  });

  test("until it answers, which starts anew", async () => {
    const { clock, known } = backOff();
    known.learn("docker.io", limited);
    known.learn("docker.io", null);
    expect(known.isBlocked("docker.io")).toBe(false);
    known.learn("docker.io", limited);
    await clock.pass(2 * MINUTE);
    expect(known.isBlocked("docker.io")).toBe(false);
  });

  test.each(["tag-not-found", "registry-denied", "platform-missing", "download-too-large"] as const)(
    "not for %s, which is the image's affair",
    (code) => {
      const { known } = backOff();
      expect(known.learn("docker.io", { code, message: "…" })).toBe(false);
      expect(known.isBlocked("docker.io")).toBe(false);
    },
  );
});
