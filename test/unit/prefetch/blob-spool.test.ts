import { mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { silentLog } from "../../../server/src/base/log.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import { BlobSpool } from "../../../server/src/prefetch/blob-spool.ts";
import { createDownloadBudget, type DownloadBudget } from "../../../server/src/prefetch/download-budget.ts";
import { randomBytes } from "../../support/images/random.ts";
import { collect } from "../../support/read-layer.ts";

const BLOB = Buffer.from(randomBytes(1, 500_000));
const DIGEST = digestOf(BLOB);
const CHUNK = 60_000;

/** As downloads give them: nobody changes a chunk that was given. */
async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK) yield bytes.subarray(start, start + CHUNK);
}

interface Scene {
  readonly spool: BlobSpool;
  readonly budget: DownloadBudget;
  readonly parent: string;
  /** Paths of all files. */
  files(): Promise<string[]>;
}

async function sceneWith({ memory }: { memory: number }): Promise<Scene> {
  const parent = await mkdtemp(join(tmpdir(), "dockpin-test-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const budget = createDownloadBudget({ memory });
  const files = async () => {
    const entries = await readdir(parent, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };
  return { spool: new BlobSpool(parent, budget), budget, parent, files };
}

describe.each([
  ["on disk", 0],
  ["in memory at first, then on disk", 200_000],
  ["in memory", 1_000_000],
])("%s", (_, memory) => {
  test.each([0, 1, 128 * 1024, 500_000])("a blob of %d bytes can be read again and again", async (size) => {
    const { spool, budget } = await sceneWith({ memory });
    const blob = BLOB.subarray(0, size);
    await spool.add(digestOf(blob), inChunks(blob));
    expect(spool.has(digestOf(blob))).toBe(true);
    for (let reading = 0; reading < 2; reading++) {
      expect((await collect(spool.read(digestOf(blob)))).equals(blob)).toBe(true);
    }
    expect(budget.held).toBeLessThanOrEqual(memory);
  });

  test("a blob is kept while it passes, and is here when it has passed", async () => {
    const { spool } = await sceneWith({ memory });
    const passed: Uint8Array[] = [];
    for await (const chunk of spool.through(DIGEST, inChunks(BLOB))) {
      expect(spool.has(DIGEST)).toBe(false);
      passed.push(chunk);
    }
    expect(Buffer.concat(passed).equals(BLOB)).toBe(true);
    expect((await collect(spool.read(DIGEST))).equals(BLOB)).toBe(true);
  });

  test("nothing is left of a blob that was given up, or removed", async () => {
    const { spool, budget, files } = await sceneWith({ memory });
    const passing = spool.through(DIGEST, inChunks(BLOB));
    for (let chunk = 0; chunk < 5; chunk++) await passing.next();
    await passing.return();
    expect([spool.has(DIGEST), budget.held, await files()]).toEqual([false, 0, []]);
    await spool.add(DIGEST, inChunks(BLOB));
    await spool.remove(DIGEST);
    expect([spool.has(DIGEST), budget.held, await files()]).toEqual([false, 0, []]);
  });

  test("adding a blob again replaces it", async () => {
    const { spool, budget } = await sceneWith({ memory });
    await spool.add(DIGEST, inChunks(BLOB));
    const { held } = budget;
    await spool.add(DIGEST, inChunks(BLOB.subarray(0, 300_000)));
    expect((await collect(spool.read(DIGEST))).equals(BLOB.subarray(0, 300_000))).toBe(true);
    expect(budget.held).toBeLessThanOrEqual(held);
  });

  test("closing removes all, a reading that was given up included", async () => {
    const { spool, budget, parent } = await sceneWith({ memory });
    await spool.add(DIGEST, inChunks(BLOB));
    const reading = spool.read(DIGEST);
    await reading.next();
    await reading.return();
    expect(await readdir(parent)).toHaveLength(memory >= BLOB.length ? 0 : 1);
    await spool.close(silentLog);
    expect(await readdir(parent)).toEqual([]);
    expect(budget.held).toBe(0);
  });

  test("the error of a source is passed on as it is", async () => {
    const { spool, budget } = await sceneWith({ memory });
    const failure = new Error("gone");
    async function* source() {
      yield BLOB;
      throw failure;
    }
    await expect(spool.add(DIGEST, source())).rejects.toBe(failure);
    expect([spool.has(DIGEST), budget.held]).toEqual([false, 0]);
  });

  test("a blob that was not added can't be read", async () => {
    const { spool } = await sceneWith({ memory });
    await expect(collect(spool.read(DIGEST))).rejects.toMatchObject({ code: "spool-failed" });
  });
});

test("what fits into memory needs no folder", async () => {
  const spool = new BlobSpool("/there/is/no/such/folder", createDownloadBudget({ memory: BLOB.length }));
  await spool.add(DIGEST, inChunks(BLOB));
  await expect(spool.add(digestOf(BLOB.subarray(1)), inChunks(BLOB))).rejects.toMatchObject({
    code: "spool-failed",
    message: expect.stringContaining("ENOENT"),
  });
  expect((await collect(spool.read(DIGEST))).equals(BLOB)).toBe(true);
  await spool.close(silentLog);
});

test("two spools in one folder do not meet", async () => {
  const { spool, parent } = await sceneWith({ memory: 0 });
  const other = new BlobSpool(parent, createDownloadBudget({ memory: 0 }));
  await spool.add(DIGEST, inChunks(BLOB));
  await other.add(DIGEST, inChunks(BLOB));
  await other.close(silentLog);
  expect((await collect(spool.read(DIGEST))).equals(BLOB)).toBe(true);
});

test("a file that was cut short meanwhile is an error", async () => {
  const { spool, files } = await sceneWith({ memory: 100_000 });
  await spool.add(DIGEST, inChunks(BLOB));
  for (const file of await files()) await truncate(file, 10);
  await expect(collect(spool.read(DIGEST))).rejects.toMatchObject({ code: "spool-failed" });
});

test.skipIf(process.platform === "win32")("only the user can read the files", async () => {
  const { spool, parent, files } = await sceneWith({ memory: 0 });
  await spool.add(DIGEST, inChunks(BLOB));
  const [folder] = await readdir(parent);
  const modes = [join(parent, folder!), ...(await files())].map(async (path) => (await stat(path)).mode & 0o777);
  expect(await Promise.all(modes)).toEqual([0o700, 0o600]);
});
