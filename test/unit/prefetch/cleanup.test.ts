import { readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { noCache } from "../../../server/src/base/cache-store.ts";
import { CodedError } from "../../../server/src/base/errors.ts";
import { addImage, gzipLayer, plainLayer } from "../../support/images/image.ts";
import { randomBytes } from "../../support/images/random.ts";
import type { MemoryRegistryOptions } from "../../support/memory-registry-client.ts";
import { engineInProcess } from "../../support/prefetch-engine.ts";
import { imageUnderTest } from "./image-under-test.ts";

const CONFIG = "{}";
/** With no memory for what waits. */
const engineOnDisk = () => engineInProcess(noCache, 0);
const LAYERS = [1, 2, 3, 4, 5].map((seed) => plainLayer(randomBytes(seed, 20_000)));

function fiveLayers(options?: MemoryRegistryOptions) {
  return imageUnderTest(
    (repository) => addImage(repository, { format: "oci", layers: LAYERS, config: CONFIG }),
    options,
  );
}

describe("an abort ends the work with its reason and leaves nothing behind", () => {
  /** Aborts at the given chunk of all that are read from the registry. */
  test.each([1, 2, 5, 30, 100])("while blobs come in, at chunk %d", async (chunk) => {
    const abort = new AbortController();
    let chunks = 0;
    const image = await fiveLayers({
      beforeChunk: () => {
        if (++chunks === chunk) abort.abort(new Error("enough"));
      },
    });
    await expect(image.prefetch({}, { signal: abort.signal })).rejects.toThrow("enough");
    expect(await image.leftovers()).toEqual([]);
    expect(image.registry.openBlobs()).toBe(0);
  });

  test("before it starts", async () => {
    const image = await fiveLayers();
    await expect(image.prefetch({}, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    expect(image.registry.requests).toEqual([]);
  });

  test("while the manifest is read", async () => {
    const abort = new AbortController();
    const image = await fiveLayers();
    const { registry } = image;
    const aborting: typeof registry = {
      ...registry,
      manifest: async (...request) => {
        abort.abort(new Error("enough"));
        return registry.manifest(...request);
      },
    };
    await expect(image.prefetch({}, { registry: aborting, signal: abort.signal })).rejects.toThrow("enough");
    expect(await image.leftovers()).toEqual([]);
  });

  test.each([1, 2, 3, 8])("while the archive is written, at piece %d", async (piece) => {
    const abort = new AbortController();
    let pieces = 0;
    const image = await fiveLayers();
    const writeArchive = async () => {
      if (++pieces === piece) abort.abort(new Error("enough"));
    };
    await expect(image.prefetch({}, { writeArchive, signal: abort.signal })).rejects.toThrow("enough");
    expect(pieces).toBe(piece);
    expect(await image.leftovers()).toEqual([]);
  });

  test("while a layer is unpacked", async () => {
    const abort = new AbortController();
    const image = await imageUnderTest((repository) =>
      addImage(repository, { format: "oci", layers: [gzipLayer(Buffer.alloc(3_000_000))], config: CONFIG }),
    );
    const onProgress = ({ receivedBytes, totalBytes }: { receivedBytes: number; totalBytes: number }) => {
      // All is received, so unpacking comes next.
      if (totalBytes > 0 && receivedBytes === totalBytes) abort.abort(new Error("enough"));
    };
    await expect(image.prefetch({}, { onProgress, signal: abort.signal })).rejects.toThrow("enough");
    expect(await image.leftovers()).toEqual([]);
  });
});

describe("a failure leaves nothing behind", () => {
  test("of one download: the others stop, and it is the error", async () => {
    const failure = new CodedError("registry-failed", "The registry failed.");
    let chunks = 0;
    const image = await fiveLayers({
      beforeChunk: async (_, options) => {
        chunks++;
        if (chunks === 10) throw failure;
        // From here on the others only end because they are told to.
        if (chunks > 10) await new Promise((resolve) => options?.signal?.addEventListener("abort", resolve));
      },
    });
    await expect(image.prefetch()).rejects.toBe(failure);
    expect(await image.leftovers()).toEqual([]);
    expect(image.registry.openBlobs()).toBe(0);
  });

  test("of the writer, whose error is passed on", async () => {
    const failure = new Error("disk full");
    const image = await fiveLayers();
    await expect(image.prefetch({}, { writeArchive: () => Promise.reject(failure) })).rejects.toBe(failure);
    expect(await image.leftovers()).toEqual([]);
  });

  test("of the temporary folder", async () => {
    const image = await fiveLayers();
    const temporaryFolder = join(image.temporaryFolder, "not there");
    await expect(image.prefetch({}, { temporaryFolder, engine: engineOnDisk() })).rejects.toMatchObject({
      code: "spool-failed",
    });
  });

  test("of a temporary file that was cut short meanwhile", async () => {
    const image = await fiveLayers();
    let cut = false;
    const writeArchive = async () => {
      if (cut) return;
      cut = true;
      const [folder] = await image.leftovers();
      const files = await readdir(join(image.temporaryFolder, folder!));
      for (const file of files) await truncate(join(image.temporaryFolder, folder!, file), 100);
    };
    const engine = engineOnDisk();
    await expect(image.prefetch({}, { writeArchive, engine })).rejects.toMatchObject({ code: "spool-failed" });
    expect(await image.leftovers()).toEqual([]);
  });
});

test.skipIf(process.platform === "win32")("only the user can read the temporary files", async () => {
  const image = await fiveLayers();
  const modes: string[] = [];
  const writeArchive = async () => {
    if (modes.length > 0) return;
    const [folder] = await image.leftovers();
    const spool = join(image.temporaryFolder, folder!);
    for (const path of [spool, ...(await readdir(spool)).map((file) => join(spool, file))]) {
      modes.push(((await stat(path)).mode & 0o777).toString(8));
    }
  };
  await image.prefetch({}, { writeArchive, engine: engineOnDisk() });
  const [folder, ...files] = modes;
  expect([folder, ...new Set(files)]).toEqual(["700", "600"]);
});
