import { describe, expect, test } from "vitest";
import { CodedError } from "../../../server/src/base/errors.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import type { PrefetchProgress } from "../../../server/src/prefetch/prefetch.ts";
import { addImage, addIndex, configFor, plainLayer } from "../../support/images/image.ts";
import { randomBytes } from "../../support/images/random.ts";
import type { MemoryRegistryOptions } from "../../support/memory-registry-client.ts";
import { type ImageUnderTest, imageUnderTest } from "./image-under-test.ts";

const CONFIG = configFor("linux/amd64");
const LAYERS = [1, 2, 3, 4, 5, 6, 7].map((seed) => plainLayer(randomBytes(seed, 20_000)));
/** Not whole in memory before it is read. */
const LARGE = plainLayer(randomBytes(8, 4 * 1024 * 1024 + 1));

function imageOf(layers = LAYERS, options?: MemoryRegistryOptions): Promise<ImageUnderTest> {
  return imageUnderTest((repository) => addImage(repository, { format: "oci", layers, config: CONFIG }), options);
}

const FOLDER = { format: "nix2container" } as const;

describe("the hash of the folder of an image", () => {
  test("is that of the bytes that are written, and no final name or tag is in it", async () => {
    const image = await imageOf([...LAYERS, LARGE]);
    const chunks: Uint8Array[] = [];
    const written = await image.prefetch(FOLDER, { writeArchive: async (bytes) => void chunks.push(bytes) });
    const archive = Buffer.concat(chunks);
    expect(digestOf(archive)).toBe(written.archiveDigest);
    expect(archive.length).toBe(written.archiveSize);
    const renamed = await image.prefetch({ ...FOLDER, finalImageName: "Not a name", finalImageTag: "!" });
    expect(renamed.archiveDigest).toBe(written.archiveDigest);
  });

  test("is not that of the docker-archive, which is the default", async () => {
    const image = await imageOf();
    const [folder, archive, unsaid] = [
      await image.prefetch(FOLDER),
      await image.prefetch({ format: "docker-archive" }),
      await image.prefetch(),
    ];
    expect(unsaid).toEqual(archive);
    expect(folder.archiveDigest).not.toBe(archive.archiveDigest);
  });

  test("is that of the platform's image, when the digest is of an index", async () => {
    const image = await imageUnderTest((repository) => {
      const entries = ["linux/amd64", "linux/arm64"].map((platform) => ({
        platform,
        manifest: addImage(repository, { format: "oci", layers: LAYERS, config: configFor(platform) }),
      }));
      return addIndex(repository, { format: "oci", entries });
    });
    const amd64 = await image.prefetch(FOLDER);
    const arm64 = await image.prefetch({ ...FOLDER, platform: { os: "linux", architecture: "arm64" } });
    expect(amd64).toMatchObject({ digestOf: "index", digest: arm64.digest });
    expect(amd64.archiveDigest).not.toBe(arm64.archiveDigest);
    const direct = await image.prefetch({ ...FOLDER, reference: amd64.platformDigest });
    expect(direct).toMatchObject({ digestOf: "image", archiveDigest: amd64.archiveDigest });
  });

  test("reads every blob once and spools nothing", async () => {
    const image = await imageOf([...LAYERS, LARGE, ...LAYERS]);
    await image.prefetch(FOLDER, { temporaryFolder: "/there/is/no/such/folder" });
    const blobs = image.registry.requests.filter((request) => request.startsWith("blob"));
    expect(blobs).toHaveLength(LAYERS.length + 2);
    expect(new Set(blobs).size).toBe(blobs.length);
  });

  test("counts bytes and layers, repeated blobs once, repeated layers each", async () => {
    const image = await imageOf([...LAYERS, LAYERS[0]!]);
    const steps: PrefetchProgress[] = [];
    await image.prefetch(FOLDER, { onProgress: (step) => steps.push(step) });
    const totalBytes = CONFIG.length + LAYERS.length * 20_000;
    expect(steps[0]).toMatchObject({ receivedBytes: 0, totalBytes, layersDone: 0, layersTotal: 8 });
    expect(steps.at(-1)).toMatchObject({ receivedBytes: totalBytes, totalBytes, layersDone: 8, layersTotal: 8 });
  });

  test("is not computed for what would download too much", async () => {
    const image = await imageOf();
    const code = "download-too-large";
    await expect(image.prefetch(FOLDER, { downloadLimit: 10_000 })).rejects.toMatchObject({ code });
    expect(image.registry.requests.filter((request) => request.startsWith("blob"))).toEqual([]);
  });
});

describe("blobs that are fetched ahead", () => {
  test("are a few at once, while the first is still read", async () => {
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    let atOnce = 0;
    const image: ImageUnderTest = await imageOf(LAYERS, {
      beforeChunk: async () => {
        atOnce = Math.max(atOnce, image.registry.openBlobs());
        if (atOnce === 7) open();
        await opened;
      },
    });
    await image.prefetch(FOLDER);
    // Six, and the one that is read.
    expect(atOnce).toBe(7);
  });

  test("are stopped by an abort, whose reason is told", async () => {
    for (const chunk of [1, 5, 30, 100]) {
      const abort = new AbortController();
      let chunks = 0;
      const image = await imageOf([...LAYERS, LARGE], {
        beforeChunk: () => {
          if (++chunks === chunk) abort.abort(new Error("enough"));
        },
      });
      await expect(image.prefetch(FOLDER, { signal: abort.signal })).rejects.toThrow("enough");
      expect(image.registry.openBlobs()).toBe(0);
    }
  });

  test.each([1, 3])("are stopped by the first failure, which is told: of number %d", async (number) => {
    const failure = new CodedError("registry-failed", "The registry failed.");
    let begun = 0;
    const image = await imageOf(LAYERS, {
      beforeChunk: async (_, options) => {
        if (++begun === number) throw failure;
        // The others only end because they are told to.
        await new Promise<void>((resolve) => {
          if (options?.signal?.aborted) resolve();
          options?.signal?.addEventListener("abort", () => resolve());
        });
      },
    });
    await expect(image.prefetch(FOLDER)).rejects.toBe(failure);
    expect(image.registry.openBlobs()).toBe(0);
  });

  test("fill no memory when they are larger than the manifest says", async () => {
    const lying = { ...plainLayer(randomBytes(9, 3_000_000)), descriptor: { size: 1000 } };
    const image = await imageOf([lying]);
    const steps: PrefetchProgress[] = [];
    const refused = image.prefetch(FOLDER, { onProgress: (step) => steps.push(step) });
    await expect(refused).rejects.toMatchObject({ code: "manifest-malformed" });
    expect(steps.at(-1)?.receivedBytes).toBeLessThan(10_000);
  });
});
