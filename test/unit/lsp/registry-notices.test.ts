import { expect, test } from "vitest";
import { createRegistryNotices } from "../../../server/src/lsp/registry-notices.ts";
import type { RegistryNotice } from "../../../server/src/registry/notices.ts";
import { manualClock } from "../../support/manual-clock.ts";

const HOUR = 60 * 60_000;
const FEW: RegistryNotice = {
  kind: "rate-limit",
  registry: "docker.io",
  limit: 100,
  remaining: 8,
  windowSeconds: 21_600,
};
const WARNING: RegistryNotice = { kind: "warning", registry: "ghcr.io", text: "this image is deprecated" };

function noticing() {
  const clock = manualClock();
  const warnings: string[] = [];
  let changes = 0;
  const log = { debug: () => {}, info: () => {}, warn: (text: string) => void warnings.push(text) };
  const notices = createRegistryNotices(clock, log, () => {
    changes += 1;
  });
  return { ...notices, clock, warnings, changes: () => changes };
}

test("few requests that are left are told, and kept for the user until the window is over", async () => {
  const { take, isSparing, notes, clock, warnings, changes } = noticing();
  take(FEW);
  expect(notes()).toEqual([expect.stringMatching(/^docker\.io: 8 of 100 requests left; checks wait until \d\d:\d\d$/)]);
  expect(warnings).toHaveLength(1);
  expect(changes()).toBe(1);
  expect([isSparing("docker.io"), isSparing("ghcr.io")]).toEqual([true, false]);
  await clock.pass(6 * HOUR - 1);
  expect(isSparing("docker.io")).toBe(true);
  await clock.pass(1);
  expect([isSparing("docker.io"), notes()]).toEqual([false, []]);
});

test("a registry that names no window is spared for an hour", async () => {
  const { take, isSparing, clock } = noticing();
  take({ ...FEW, windowSeconds: null });
  await clock.pass(HOUR - 1);
  expect(isSparing("docker.io")).toBe(true);
  await clock.pass(1);
  expect(isSparing("docker.io")).toBe(false);
});

test("a warning is told once, and spares nothing", () => {
  const { take, isSparing, notes, warnings } = noticing();
  take(WARNING);
  take(WARNING);
  expect(notes()).toEqual(["ghcr.io warns: this image is deprecated"]);
  expect(warnings).toEqual(["ghcr.io warns: this image is deprecated"]);
  expect(isSparing("ghcr.io")).toBe(false);
});

test("a cleared cache has nothing to tell", () => {
  const { take, clear, isSparing, notes } = noticing();
  take(FEW);
  take(WARNING);
  clear();
  expect([isSparing("docker.io"), notes()]).toEqual([false, []]);
});

test("what many registries say is bounded", () => {
  const { take, notes } = noticing();
  for (let number = 0; number < 100; number++) take({ ...WARNING, registry: `r${number}.example.org` });
  expect(notes().length).toBeLessThanOrEqual(20);
});
