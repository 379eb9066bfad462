import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { silentLog } from "../../../server/src/base/log.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import { BlobSpool } from "../../../server/src/prefetch/blob-spool.ts";
import { randomBytes } from "../../support/images/random.ts";
import { collect, inChunks } from "../../support/read-layer.ts";

async function spoolUnderTest(): Promise<{ spool: BlobSpool; parent: string }> {
  const parent = await mkdtemp(join(tmpdir(), "dockpin-test-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return { spool: await BlobSpool.open(parent), parent };
}

test.each([0, 1, 128 * 1024, 500_000])("a blob of %d bytes can be read again and again", async (size) => {
  const { spool } = await spoolUnderTest();
  const blob = Buffer.from(randomBytes(1, size));
  await spool.add(digestOf(blob), inChunks(blob, 60_000));
  for (let reading = 0; reading < 2; reading++) {
    expect((await collect(spool.read(digestOf(blob)))).equals(blob)).toBe(true);
  }
});

test("closing removes all, a reading that was given up included", async () => {
  const { spool, parent } = await spoolUnderTest();
  const blob = Buffer.from("blob");
  await spool.add(digestOf(blob), inChunks(blob, 2));
  const reading = spool.read(digestOf(blob));
  await reading.next();
  await reading.return();
  expect(await readdir(parent)).toHaveLength(1);
  await spool.close(silentLog);
  expect(await readdir(parent)).toEqual([]);
});

test("the error of a source is passed on as it is", async () => {
  const { spool } = await spoolUnderTest();
  const failure = new Error("gone");
  async function* source() {
    yield Buffer.from("a");
    throw failure;
  }
  await expect(spool.add(digestOf(Buffer.from("ab")), source())).rejects.toBe(failure);
});

test("a blob that was not added can't be read", async () => {
  const { spool } = await spoolUnderTest();
  await expect(collect(spool.read(digestOf(Buffer.from("a"))))).rejects.toMatchObject({
    code: "spool-failed",
    message: expect.stringContaining("ENOENT"),
  });
});

test("two spools in one folder do not meet", async () => {
  const { spool, parent } = await spoolUnderTest();
  const other = await BlobSpool.open(parent);
  const blob = Buffer.from("blob");
  await spool.add(digestOf(blob), inChunks(blob, 4));
  await other.add(digestOf(blob), inChunks(blob, 4));
  await other.close(silentLog);
  expect(await collect(spool.read(digestOf(blob)))).toEqual(blob);
});
