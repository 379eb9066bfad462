import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { CACHE_KINDS } from "../../../server/src/base/cache-store.ts";
import type { Log } from "../../../server/src/base/log.ts";
import { entryFileName } from "../../../server/src/files/cache-entry.ts";
import { type CacheFolder, openCacheFolder } from "../../../server/src/files/cache-folder.ts";
import { manualClock } from "../../support/manual-clock.ts";

const MEGABYTE = 1_000_000;
const HOUR = 60 * 60_000;
const bytes = (text: string) => Buffer.from(text);

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "dockpin-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function place({ sizeLimit = MEGABYTE, folder }: { sizeLimit?: number; folder?: string } = {}) {
  const own = folder ?? join(await emptyFolder(), "cache");
  const warnings: string[] = [];
  const log: Log = { debug() {}, info() {}, warn: (message) => warnings.push(message) };
  const clock = manualClock(Date.now());
  const open = () => openCacheFolder({ folder: own, sizeLimit, log, clock });
  const fileOf = (key: string) => join(own, "v1", "image", entryFileName("image", key));
  return { folder: own, warnings, clock, cache: open(), open, fileOf };
}

const text = async (cache: CacheFolder, key: string) => {
  const value = await cache.read("image", key);
  return value === null ? null : Buffer.from(value).toString();
};

describe("what is written is read", () => {
  test("by others too, each kind apart, the last writing first", async () => {
    const { cache, open } = await place();
    for (const kind of CACHE_KINDS) expect(await cache.read(kind, "a")).toBeNull();
    for (const kind of CACHE_KINDS) await cache.write(kind, "a", bytes(kind));
    await cache.write("image", "a", bytes("again"));
    const other = open();
    for (const kind of CACHE_KINDS) {
      expect(String(await other.read(kind, "a"))).toBe(kind === "image" ? "again" : kind);
    }
  });

  test.each(["", "sha256:ab/../../c", "ü\0\n", "x".repeat(100_000)])("whatever its key: %j", async (key) => {
    const { cache, warnings } = await place();
    await cache.write("image", key, bytes("value"));
    expect(await text(cache, key)).toBe("value");
    expect(await text(cache, `${key} `)).toBeNull();
    expect(warnings).toEqual([]);
  });

  test("also when there is nothing in it", async () => {
    const { cache } = await place();
    await cache.write("image", "a", bytes(""));
    expect(await text(cache, "a")).toBe("");
  });

  test("unless it is larger than what belongs here", async () => {
    const { cache } = await place({ sizeLimit: 100 * MEGABYTE });
    await cache.write("image", "a", Buffer.alloc(4 * 1024 * 1024));
    await cache.write("image", "b", Buffer.alloc(4 * 1024 * 1024 + 1));
    expect((await cache.read("image", "a"))?.length).toBe(4 * 1024 * 1024);
    expect(await cache.read("image", "b")).toBeNull();
  });
});

describe("what is not whole, or another's, is removed and unknown", () => {
  const damages: [string, (path: string) => Promise<unknown>][] = [
    ["cut off", async (path) => writeFile(path, (await readFile(path)).subarray(0, -1))],
    ["cut off in its checksum", async (path) => writeFile(path, (await readFile(path)).subarray(0, 20))],
    ["emptied", (path) => writeFile(path, "")],
    ["made longer", (path) => writeFile(path, "x", { flag: "a" })],
    ["zeroed, as after a power cut", async (path) => writeFile(path, Buffer.alloc((await readFile(path)).length))],
    ["text", (path) => writeFile(path, "hello".repeat(100))],
    ["far too large", (path) => writeFile(path, Buffer.alloc(9 * 1024 * 1024))],
    ["a folder", (path) => rm(path).then(() => mkdir(join(path, "inside"), { recursive: true }))],
  ];
  test.each(damages)("%s", async (_, damage) => {
    const { cache, open, fileOf, warnings } = await place();
    await cache.write("image", "a", bytes("value"));
    await damage(fileOf("a"));
    expect(await text(open(), "a")).toBeNull();
    await expect(stat(fileOf("a"))).rejects.toThrow("ENOENT");
    await cache.write("image", "a", bytes("new"));
    expect(await text(cache, "a")).toBe("new");
    expect(warnings).toEqual([]);
  });

  test("any bit that has changed", async () => {
    const { cache, fileOf } = await place();
    await cache.write("image", "a", bytes("value"));
    const whole = await readFile(fileOf("a"));
    for (let index = 0; index < whole.length; index++) {
      const damaged = Buffer.from(whole);
      damaged[index]! ^= 1 << (index % 8);
      await writeFile(fileOf("a"), damaged);
      expect(await text(cache, "a")).toBeNull();
    }
    await writeFile(fileOf("a"), whole);
    expect(await text(cache, "a")).toBe("value");
  });

  test("the entry of another key, or of another kind", async () => {
    const { cache, fileOf } = await place();
    await cache.write("image", "a", bytes("value"));
    await writeFile(fileOf("b"), await readFile(fileOf("a")));
    expect(await text(cache, "b")).toBeNull();
    await cache.write("layer", "c", bytes("value"));
    const layer = join(fileOf("c"), "..", "..", "layer", entryFileName("layer", "c"));
    await writeFile(fileOf("c"), await readFile(layer));
    expect(await text(cache, "c")).toBeNull();
  });
});

describe("no more than the limit is kept", () => {
  test("whatever is written, by however many", async () => {
    const { cache, open } = await place();
    const other = open();
    for (let index = 0; index < 400; index++) {
      await cache.write("image", `a${index}`, Buffer.alloc(2000));
      await other.write("layer", `b${index}`, Buffer.alloc(2000));
    }
    const total = (await cache.describe()).reduce((sum, { bytes: size }) => sum + size, 0);
    expect(total).toBeLessThanOrEqual(MEGABYTE);
    expect(total).toBeGreaterThan(MEGABYTE / 2);
    expect(await text(cache, "a399")).not.toBeNull();
    expect(await text(cache, "a0")).toBeNull();
  });

  test("and what was used last stays", async () => {
    const { cache, clock, fileOf } = await place();
    await cache.write("image", "used", bytes("1"));
    await cache.write("image", "unused", bytes("2"));
    const before = clock.now() / 1000 - 7200;
    for (const key of ["used", "unused"]) await utimes(fileOf(key), before, before);
    expect(await text(cache, "used")).toBe("1");
    for (let index = 0; index < 400; index++) {
      const path = fileOf("used");
      await cache.write("layer", `a${index}`, Buffer.alloc(2000));
      await utimes(path, clock.now() / 1000 + 3600, clock.now() / 1000 + 3600);
    }
    expect(await text(cache, "used")).toBe("1");
    expect(await text(cache, "unused")).toBeNull();
  });

  test("a use is noted, but not each time", async () => {
    const { cache, clock, fileOf } = await place();
    await cache.write("image", "a", bytes("1"));
    const written = (await stat(fileOf("a"))).mtimeMs;
    await clock.pass(HOUR / 2);
    await cache.read("image", "a");
    expect((await stat(fileOf("a"))).mtimeMs).toBe(written);
    await clock.pass(HOUR);
    await cache.read("image", "a");
    expect((await stat(fileOf("a"))).mtimeMs).toBeCloseTo(clock.now(), -2);
  });

  test("and nothing that nobody finishes writing", async () => {
    const { cache, clock, fileOf } = await place();
    await cache.write("image", "a", bytes("1"));
    const [abandoned, running] = [`${fileOf("b")}.0123.partial`, `${fileOf("c")}.0123.partial`];
    for (const path of [abandoned, running]) await writeFile(path, "half");
    const longAgo = clock.now() / 1000 - 3601;
    await utimes(abandoned, longAgo, longAgo);
    for (let index = 0; index < 50; index++) await cache.write("layer", `a${index}`, Buffer.alloc(2000));
    expect(await readdir(join(abandoned, ".."))).toEqual(
      [entryFileName("image", "a"), `${entryFileName("image", "c")}.0123.partial`].toSorted(),
    );
  });
});

describe("it tells what it has, and forgets it", () => {
  test("each kind", async () => {
    const { cache, warnings } = await place();
    const none = CACHE_KINDS.map((kind) => ({ kind, entries: 0, bytes: 0 }));
    expect(await cache.describe()).toEqual(none);
    await cache.clear();
    await cache.write("layer", "a", bytes("1"));
    await cache.write("layer", "b", Buffer.alloc(5000));
    expect(await cache.describe()).toContainEqual({ kind: "layer", entries: 2, bytes: 3 * 4096 });
    await cache.clear();
    expect(await cache.describe()).toEqual(none);
    expect(await cache.read("layer", "a")).toBeNull();
    await cache.write("layer", "a", bytes("2"));
    expect(String(await cache.read("layer", "a"))).toBe("2");
    expect(warnings).toEqual([]);
  });

  test("but nothing that is not its own", async () => {
    const folder = await emptyFolder();
    await writeFile(join(folder, "accounts"), "another's");
    const { cache } = await place({ folder });
    await cache.write("image", "a", bytes("1"));
    await cache.clear();
    expect(await readdir(folder)).toEqual(["accounts"]);
  });
});

describe("a disk that does not serve is done without, and told of once", () => {
  async function doesWithout({ cache, warnings }: Awaited<ReturnType<typeof place>>, reason: RegExp) {
    for (const key of ["a", "b"]) {
      await cache.write("image", key, bytes("1"));
      expect(await cache.read("image", key)).toBeNull();
    }
    expect(warnings).toEqual([expect.stringMatching(reason)]);
  }

  test("a file where the folder should be", async () => {
    const folder = join(await emptyFolder(), "file");
    await writeFile(folder, "");
    const here = await place({ folder });
    await doesWithout(here, /cannot be used \(ENOTDIR\)/);
    await expect(here.cache.describe()).rejects.toMatchObject({ code: "cache-unusable" });
  });

  test("a file where the folder of a kind should be", async () => {
    const folder = await emptyFolder();
    await mkdir(join(folder, "v1"), { mode: 0o700 });
    await writeFile(join(folder, "v1", "image"), "");
    await doesWithout(await place({ folder }), /cannot be used \(ENOTDIR\)/);
  });

  test.skipIf(process.platform === "win32")("a folder that others can write to", async () => {
    const here = await place();
    await here.cache.write("image", "a", bytes("planted"));
    await chmod(join(here.folder, "v1"), 0o777);
    await doesWithout({ ...here, cache: here.open() }, /others can write to it/);
  });

  test.skipIf(process.platform !== "linux")("a folder that can't be made", async () => {
    await doesWithout(await place({ folder: "/proc/dockpin" }), /cannot be used \((ENOENT|EACCES|EPERM)\)/);
  });
});

test.skipIf(process.platform === "win32")("nobody else may read it", async () => {
  const { cache, folder, fileOf } = await place();
  await cache.write("image", "a", bytes("1"));
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  expect(await modeOf(fileOf("a"))).toBe(0o600);
  expect(await modeOf(join(folder, "v1"))).toBe(0o700);
});
