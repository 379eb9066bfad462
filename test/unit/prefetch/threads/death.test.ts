import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { digestOf } from "../../../../server/src/oci/digest.ts";
import type { ObservableThreads } from "../../../../server/src/prefetch/threads/create-threads.ts";
import { startThreads } from "../../../../server/src/prefetch/threads/start-threads.ts";
import { gzipMember } from "../../../support/images/gzip.ts";
import { randomBytes } from "../../../support/images/random.ts";
import { collect, inChunks } from "../../../support/read-layer.ts";
import { builtThread, IDLE, request } from "./threads-under-test.ts";

const LAYER = randomBytes(1, 12_000_000);
const BLOB = gzipMember(LAYER);
const folder = builtThread();
let files = 0;

/** Threads of which the first that gets a message of this kind dies of it, in the way that the statement says. */
async function mortal(kind: string, death: string, warnings: string[] = []): Promise<ObservableThreads> {
  const file = join(folder(), `mortal-${++files}.js`);
  await writeFile(
    file,
    `const { closeSync, openSync } = require("node:fs");
     const die = () => {
       try { closeSync(openSync(__filename + ".dead", "wx")); } catch { return; }
       ${death}
     };
     const { port } = require("node:worker_threads").workerData;
     port.on("message", (message) => {
       if (message.kind !== ${JSON.stringify(kind)}) return;
       const input = message.content.input;
       let count = 0;
       if (input) input.port.on("message", () => { if (++count === 3) die(); });
       else die();
     });
     require("./thread.js");`,
  );
  const log = { debug() {}, info() {}, warn: (message: string) => warnings.push(message) };
  const threads = startThreads({ file, inflaters: 1, log });
  onTestFinished(() => threads.close());
  return threads;
}

describe("a thread that dies", () => {
  test.each([
    ["exits", "process.exit(3);", "exit code 3"],
    ["throws", 'throw new Error("no memory left");', "no memory left"],
  ])("as it %s fails the layer that it unpacks, not the next", async (_, death, reason) => {
    const threads = await mortal("inflate", death);
    let isClosed = false;
    async function* blob() {
      try {
        for (;;) yield* inChunks(BLOB, 65_536);
      } finally {
        isClosed = true;
      }
    }
    const layer = threads.inflate(blob(), request());
    const content = collect(layer.content);
    await expect(layer.facts).rejects.toMatchObject({
      code: "thread-failed",
      message: expect.stringContaining(reason),
    });
    await content;
    await expect.poll(() => ({ ...threads.inUse(), isClosed })).toEqual({ ...IDLE, isClosed: true });

    const next = threads.inflate(inChunks(BLOB, 65_536), request());
    expect((await collect(next.content)).equals(LAYER)).toBe(true);
    expect((await next.facts).digest).toBe(digestOf(LAYER));
  });

  test("ends what a hash reads from it", async () => {
    const threads = await mortal("inflate", "process.exit(3);");
    const hash = threads.openArchiveHash();
    const layer = threads.inflate(inChunks(BLOB, 65_536), request());
    expect(await hash.appendLayer(layer)).toBeLessThan(LAYER.length);
    await expect(layer.facts).rejects.toMatchObject({ code: "thread-failed" });
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });

  test("takes its hashes and their states with it, and what it was to say of the layer that it read", async () => {
    const threads = await mortal("appendChannel", "process.exit(3);");
    const hash = threads.openArchiveHash();
    const state = hash.save();
    expect(threads.has(state)).toBe(true);
    const layer = threads.inflate(inChunks(BLOB, 65_536), request());
    await expect(hash.appendLayer(layer)).rejects.toMatchObject({ code: "thread-failed" });
    expect(threads.has(state)).toBe(false);
    await expect(hash.digest()).rejects.toMatchObject({ code: "thread-failed" });
    hash.close();
    await expect(layer.facts).rejects.toMatchObject({ code: "thread-failed" });
    expect(() => threads.openArchiveHash().restore(state)).toThrow("lost");
    await expect.poll(() => threads.inUse()).toEqual(IDLE);

    const next = threads.openArchiveHash();
    await next.append(LAYER);
    expect((await next.digest()).digest).toBe(digestOf(LAYER));
  });
});

describe("where no thread can be started", () => {
  test("the work is done in the caller's, and the log says so", async () => {
    const warnings: string[] = [];
    const log = { debug() {}, info() {}, warn: (message: string) => warnings.push(message) };
    const threads = startThreads({ file: join(folder(), "missing.js"), inflaters: 3, log });
    onTestFinished(() => threads.close());
    const layer = threads.inflate(inChunks(BLOB, 65_536), request({ output: "measured" }));
    expect((await layer.facts).digest).toBe(digestOf(LAYER));
    expect(warnings).toEqual([expect.stringContaining("missing.js")]);
  });
});

describe("threads that are closed", () => {
  test("fail what they were asked", async () => {
    const threads = await mortal("nothing", "");
    const layer = threads.inflate(inChunks(BLOB, 65_536), request());
    const hash = threads.openArchiveHash();
    const failing = [layer.facts, hash.append(LAYER).then(() => hash.digest())].map((asked) =>
      expect(asked).rejects.toMatchObject({ code: "thread-failed" }),
    );
    await threads.close();
    await Promise.all(failing);
    await expect.poll(() => threads.inUse()).toEqual(IDLE);
  });
});
