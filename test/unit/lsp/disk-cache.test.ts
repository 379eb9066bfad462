import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { silentLog } from "../../../server/src/base/log.ts";
import { createDiskCache } from "../../../server/src/lsp/disk-cache.ts";
import { manualClock } from "../../support/manual-clock.ts";

test("what is kept on disk follows the setting: with 0 nothing is, and what was there goes", async () => {
  const folder = await mkdtemp(`${tmpdir()}/dockpin-test-`);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  let limit = 1_000_000;
  const cache = createDiskCache({
    ...{ folder, log: silentLog, clock: manualClock(Date.now()) },
    sizeLimit: async () => limit,
  });
  await cache.write("image", "a", Buffer.from("1"));
  expect(String(await cache.read("image", "a"))).toBe("1");
  await cache.clear();
  expect(await cache.read("image", "a")).toBeNull();
  await cache.write("image", "a", Buffer.from("2"));
  limit = 0;
  expect(await cache.read("image", "a")).toBeNull();
  await cache.write("image", "a", Buffer.from("3"));
  expect(await readdir(folder)).toEqual([]);
  limit = 1_000_000;
  await cache.write("image", "a", Buffer.from("4"));
  expect(String(await cache.read("image", "a"))).toBe("4");
});
