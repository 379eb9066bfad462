import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { silentLog } from "../../../server/src/base/log.ts";
import { openCacheFolder } from "../../../server/src/files/cache-folder.ts";

const BUNDLE_FOLDER = await mkdtemp(join(tmpdir(), "dockpin-test-"));
const BUNDLE = join(BUNDLE_FOLDER, "cache-process.mjs");

beforeAll(async () => {
  const entry = join(import.meta.dirname, "cache-process.ts");
  await build({ entryPoints: [entry], outfile: BUNDLE, bundle: true, platform: "node", format: "esm" });
  return () => rm(BUNDLE_FOLDER, { recursive: true });
});

/** A folder in which processes can be set to work. */
async function place(sizeLimit: number) {
  const folder = await mkdtemp(join(tmpdir(), "dockpin-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const cache = openCacheFolder({ folder, sizeLimit, log: silentLog });
  const start = (rounds: number) => {
    const args = [BUNDLE, folder, String(rounds), String(sizeLimit)];
    return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  };
  return { folder, cache, start };
}

const reportOf = async ({ stdout }: Pick<ChildProcess, "stdout">) =>
  JSON.parse(await text(stdout!)) as { wrong: number; found: number; warnings: readonly string[] };

const partialFiles = async (folder: string) =>
  (await readdir(folder, { recursive: true }).catch(() => [])).filter((name) => name.endsWith(".partial"));

test("several processes write and read the same entries while the oldest are pruned: all that is read was written", async () => {
  const { folder, cache, start } = await place(1_000_000);
  const reports = await Promise.all([1, 2, 3, 4].map(() => reportOf(start(400))));
  for (const { wrong, found, warnings } of reports) {
    expect({ wrong, warnings }).toEqual({ wrong: 0, warnings: [] });
    expect(found).toBeGreaterThan(100);
  }
  const total = (await cache.describe()).reduce((sum, { bytes }) => sum + bytes, 0);
  // Each process may just have written one of each kind.
  expect(total).toBeLessThanOrEqual(1_000_000 + 4 * 2 * 12_288);
  expect(await partialFiles(folder)).toEqual([]);
});

test("while others clear it, too", async () => {
  const { cache, start } = await place(1_000_000);
  let isDone = false;
  const reports = Promise.all([1, 2].map(() => reportOf(start(400)))).finally(() => {
    isDone = true;
  });
  while (!isDone) await cache.clear();
  for (const { wrong } of await reports) expect(wrong).toBe(0);
});

test("a process that is killed leaves at most what a later pruning removes", async () => {
  const { folder, cache, start } = await place(1_000_000);
  for (let time = 0; time < 20 && (await partialFiles(folder)).length === 0; time++) {
    const child = start(1_000_000);
    const ended = new Promise((resolve) => child.once("close", resolve));
    await vi.waitUntil(async () => (await partialFiles(folder)).length > 0, { interval: 1, timeout: 20_000 });
    child.kill("SIGKILL");
    await ended;
  }
  const longAgo = Date.now() / 1000 - 7200;
  for (const name of await partialFiles(folder)) await utimes(join(folder, name), longAgo, longAgo);
  for (let index = 0; index < 100; index++) await cache.write("layer", `new ${index}`, Buffer.alloc(2000));
  expect(await partialFiles(folder)).toEqual([]);
  expect(await cache.read("layer", "new 99")).not.toBeNull();
  for (let index = 0; index < 40; index++) {
    const value = await cache.read("image", `key ${index}`);
    if (value !== null) expect(Buffer.from(value)).toEqual(Buffer.alloc(value.length, `key ${index}`));
  }
});
