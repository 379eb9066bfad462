import { describe, expect, test } from "vitest";
import { digestOf } from "../../../server/src/oci/digest.ts";
import { ARCHIVE_VECTORS } from "../../support/archive-vectors.ts";
import { gzipMember } from "../../support/images/gzip.ts";
import { addImage, addIndex, configFor, gzipLayer, plainLayer } from "../../support/images/image.ts";
import { randomBytes } from "../../support/images/random.ts";
import { skippableFrame } from "../../support/images/zstd.ts";
import { storedZstdFrame } from "../../support/images/zstd-stored.ts";
import { imageUnderTest, LATEST } from "./image-under-test.ts";

describe("the hash is that of what skopeo writes", () => {
  describe.each(["oci", "docker"] as const)("from an %s manifest", (format) => {
    test.each(ARCHIVE_VECTORS)("%s", async (_, vector) => {
      const { layers, config, finalImageName, finalImageTag } = vector;
      for (const chunkSize of [1, 7, 1000]) {
        const image = await imageUnderTest((repository) => addImage(repository, { format, layers, config }), {
          chunkSize,
        });
        const prefetched = await image.prefetch({ finalImageName, finalImageTag });
        expect(prefetched.archiveDigest).toBe(`sha256:${vector.sha256}`);
        expect(prefetched.archiveSize).toBe(vector.size);
        expect(await image.leftovers()).toEqual([]);
      }
    });
  });

  test("however the layers are compressed and labelled", async () => {
    const content = "layer ".repeat(1000);
    const config = configFor("linux/amd64", [content]);
    const blobs = [
      plainLayer(content),
      gzipLayer(content),
      { blob: storedZstdFrame(Buffer.from(content)), type: "zstd" },
      { blob: storedZstdFrame(Buffer.from(content)), type: "gzip" },
      { blob: gzipMember(Buffer.from(content)), type: "plain" },
      { blob: gzipMember(Buffer.from(content)), type: "zstd" },
      { blob: Buffer.from(content), type: "gzip" },
    ];
    const digests = new Set<string>();
    for (const layer of blobs) {
      const image = await imageUnderTest((repository) =>
        addImage(repository, { format: "oci", layers: [layer], config }),
      );
      digests.add((await image.prefetch()).archiveDigest);
    }
    expect(digests.size).toBe(1);
  });
});

describe("which digest is given", () => {
  const twoPlatforms = () =>
    imageUnderTest((repository) => {
      const entries = ["linux/amd64", "linux/arm64"].map((platform) => ({
        platform,
        manifest: addImage(repository, {
          format: "oci",
          layers: [gzipLayer(platform)],
          config: configFor(platform, [platform]),
        }),
      }));
      return addIndex(repository, { format: "oci", entries }, "latest");
    });

  test("of an index and of the platform's image in it", async () => {
    const image = await twoPlatforms();
    const amd64 = await image.prefetch();
    const arm64 = await image.prefetch({ platform: { os: "linux", architecture: "arm64" } });
    expect(amd64).toMatchObject({ digestOf: "index", warnings: [] });
    expect(arm64.digest).toBe(amd64.digest);
    expect(arm64.platformDigest).not.toBe(amd64.platformDigest);
    expect(arm64.archiveDigest).not.toBe(amd64.archiveDigest);
    expect(await image.prefetch({ reference: LATEST })).toEqual(amd64);
  });

  test("of a single image, which is taken whatever the platform", async () => {
    const image = await twoPlatforms();
    const fromIndex = await image.prefetch({ platform: { os: "linux", architecture: "arm64" } });
    const fromDigest = await image.prefetch({ reference: fromIndex.platformDigest });
    expect(fromDigest).toEqual({
      ...fromIndex,
      digest: fromIndex.platformDigest,
      digestOf: "image",
      warnings: ["the image is for linux/arm64, not linux/amd64, and has no others to choose from"],
    });
  });

  test("an index without the platform", async () => {
    const image = await twoPlatforms();
    const prefetching = image.prefetch({ platform: { os: "linux", architecture: "s390x" } });
    await expect(prefetching).rejects.toMatchObject({ code: "platform-missing" });
  });

  test("an index in the index", async () => {
    const image = await imageUnderTest((repository) => {
      const manifest = addImage(repository, { format: "oci", layers: [] });
      const inner = addIndex(repository, { format: "oci", entries: [{ manifest, platform: "linux/amd64" }] });
      const mediaType = "application/vnd.oci.image.manifest.v1+json";
      return addIndex(repository, {
        format: "oci",
        entries: [{ manifest: inner, platform: "linux/amd64", mediaType }],
      });
    });
    await expect(image.prefetch()).rejects.toMatchObject({ code: "index-nested" });
  });
});

describe("warnings", () => {
  const warningsFor = async (content: Parameters<typeof addImage>[1]) => {
    const image = await imageUnderTest((repository) => addImage(repository, content));
    return (await image.prefetch()).warnings;
  };

  test("zstd layers need a skopeo that knows them, whatever they hold", async () => {
    const zstd = [{ blob: storedZstdFrame(Buffer.from("a")), type: "zstd" }];
    expect(await warningsFor({ format: "oci", layers: zstd, config: "{}" })).toEqual([
      "the image has zstd layers, which skopeo can pull since 1.14",
    ]);
  });

  test.each([
    ["right", ["a", "b"], []],
    ["in another order", ["b", "a"], [expect.stringContaining("diff_ids")]],
    ["too few", ["a"], [expect.stringContaining("diff_ids")]],
  ])("diff_ids that are %s", async (_, claimed, warnings) => {
    const config = configFor("linux/amd64", claimed);
    expect(await warningsFor({ format: "oci", layers: [gzipLayer("a"), plainLayer("b")], config })).toEqual(warnings);
  });
});

test("an image is downloaded only within the limit, which counts what is compressed", async () => {
  const image = await imageUnderTest((repository) =>
    addImage(repository, {
      format: "oci",
      layers: [gzipLayer("a".repeat(5000))],
      config: configFor("linux/amd64", ["a".repeat(5000)]),
    }),
  );
  const sizes: number[] = [];
  await image.prefetch({}, { onProgress: ({ totalBytes }) => sizes.push(totalBytes) });
  const downloadSize = Math.max(...sizes);
  await expect(image.prefetch({}, { downloadLimit: downloadSize - 1 })).rejects.toMatchObject({
    code: "download-too-large",
  });
  await expect(image.prefetch({}, { downloadLimit: downloadSize })).resolves.toBeDefined();
});

describe("refused", () => {
  const refusal = async (content: Parameters<typeof addImage>[1], layerSizeLimit = 2 ** 30) => {
    const image = await imageUnderTest((repository) => addImage(repository, content));
    const error = await image.prefetch({}, { layerSizeLimit }).catch((reason: unknown) => reason);
    expect(await image.leftovers()).toEqual([]);
    expect(image.registry.openBlobs()).toBe(0);
    return error;
  };
  const layers = [gzipLayer("a")];

  test.each([
    ["a config that is not JSON", { layers, config: "{" }, "config-malformed"],
    ["a config that is not an object", { layers, config: "[]" }, "config-malformed"],
    ["a config of another size than stated", { layers, configDescriptor: { size: 3 } }, "config-size-mismatch"],
    ["a config stated to be too large", { layers, configDescriptor: { size: 4194305 } }, "config-too-large"],
    [
      "a config that is too large",
      { layers, config: `${" ".repeat(4194303)}{}`, configDescriptor: { size: 2 } },
      "config-too-large",
    ],
    [
      "zeros behind a layer",
      { layers: [{ blob: Buffer.concat([gzipMember(Buffer.from("a")), Buffer.alloc(9)]), type: "gzip" }] },
      "layer-trailing-data",
    ],
    [
      "a layer cut short",
      { layers: [{ blob: gzipMember(Buffer.from("a")).subarray(0, -1), type: "gzip" }] },
      "layer-corrupt",
    ],
    ["a bzip2 layer", { layers: [{ blob: Buffer.from("BZh9"), type: "plain" }] }, "layer-compression-unsupported"],
    [
      "a plain layer of zstd type",
      { layers: [plainLayer("b"), { blob: Buffer.from("a"), type: "zstd" }] },
      "layer-compression-unsupported",
    ],
    [
      "a zstd layer behind a skippable frame",
      {
        layers: [
          { blob: Buffer.concat([skippableFrame(Buffer.alloc(4)), storedZstdFrame(Buffer.from("a"))]), type: "zstd" },
        ],
      },
      "layer-compression-unsupported",
    ],
    [
      "one blob under two types, one of them zstd",
      { layers: [plainLayer("a"), { blob: Buffer.from("a"), type: "zstd" }, plainLayer("a")] },
      "layer-compression-unsupported",
    ],
    [
      "an encrypted layer",
      { layers: [{ blob: Buffer.from("a"), type: "application/vnd.oci.image.layer.v1.tar+encrypted" }] },
      "layer-encrypted",
    ],
  ])("%s", async (_, content, code) => {
    expect(await refusal({ format: "oci", ...content })).toMatchObject({ code });
  });

  test("a layer over the limit", async () => {
    const large = [gzipLayer("a".repeat(1001))];
    expect(await refusal({ format: "oci", layers: large }, 1000)).toMatchObject({ code: "layer-too-large" });
    expect(await refusal({ format: "oci", layers: large }, 1001)).toMatchObject({ digestOf: "image" });
  });

  test("a config as large as skopeo reads is not", async () => {
    const config = `${" ".repeat(4194302)}{}`;
    expect(await refusal({ format: "oci", layers, config })).toMatchObject({ digestOf: "image" });
  });

  test.each([
    ["finalImageName", { finalImageName: "Example" }],
    ["finalImageTag", { finalImageTag: "" }],
  ])("a bad %s, before anything is sent", async (_, change) => {
    const image = await imageUnderTest((repository) => addImage(repository, { format: "oci", layers }));
    await expect(image.prefetch(change)).rejects.toMatchObject({ code: "final-reference-malformed" });
    expect(image.registry.requests).toEqual([]);
  });
});

test.each([
  ["as it is stored", plainLayer("{}")],
  ["once it is unpacked", gzipLayer("{}")],
])("an image whose config is one of its layers, %s, is refused, as by skopeo", async (_, layer) => {
  const image = await imageUnderTest((repository) =>
    addImage(repository, { format: "oci", config: "{}", layers: [gzipLayer("x"), layer] }),
  );
  await expect(image.prefetch()).rejects.toMatchObject({ code: "manifest-malformed" });
  expect(await image.leftovers()).toEqual([]);
});

test("a zstd layer that is not the one that the config names is refused; a gzip layer is only warned of", async () => {
  const prefetchWith = async (layer: { blob: Uint8Array; type: string }) => {
    const config = configFor("linux/amd64", ["another"]);
    return (
      await imageUnderTest((repository) => addImage(repository, { format: "oci", layers: [layer], config }))
    ).prefetch();
  };
  const zstd = { blob: storedZstdFrame(Buffer.from("a")), type: "zstd" };
  await expect(prefetchWith(zstd)).rejects.toMatchObject({ code: "layer-corrupt" });
  expect((await prefetchWith(gzipLayer("a"))).warnings).toEqual([expect.stringContaining("diff_ids")]);
});

describe("blobs", () => {
  test("are fetched once each, the config first", async () => {
    const image = await imageUnderTest((repository) =>
      addImage(repository, {
        format: "oci",
        layers: [gzipLayer("a"), plainLayer("b"), gzipLayer("a"), plainLayer("b")],
      }),
    );
    const { platformDigest } = await image.prefetch();
    const requestFor = (blob: string | Uint8Array) => `blob ${digestOf(Buffer.from(blob))}`;
    const [manifest, config, ...layers] = image.registry.requests;
    expect([manifest, config]).toEqual([`manifest ${platformDigest}`, requestFor(configFor("linux/amd64"))]);
    // Layers are fetched at once, in whatever order.
    expect(layers.toSorted()).toEqual([gzipMember(Buffer.from("a")), Buffer.from("b")].map(requestFor).toSorted());
  });

  test("are not fetched any further when the config is refused", async () => {
    const layer = gzipLayer(randomBytes(1, 100_000));
    const read = new Map<string, number>();
    const image = await imageUnderTest(
      (repository) => addImage(repository, { format: "oci", layers: [layer], config: "[]" }),
      { beforeChunk: (blob) => void read.set(blob, (read.get(blob) ?? 0) + 1) },
    );
    await expect(image.prefetch()).rejects.toMatchObject({ code: "config-malformed" });
    expect(read.get(digestOf(layer.blob)) ?? 0).toBeLessThan(layer.blob.length / 1000);
    expect(image.registry.openBlobs()).toBe(0);
  });

  test("of another size than the manifest says are taken, as by skopeo", async () => {
    const layer = gzipLayer("a");
    const config = "{}";
    const prefetchWith = async (descriptor: object) => {
      const image = await imageUnderTest((repository) =>
        addImage(repository, { format: "oci", layers: [{ ...layer, descriptor }], config }),
      );
      return (await image.prefetch()).archiveDigest;
    };
    expect(await prefetchWith({ size: 1 })).toBe(await prefetchWith({}));
  });
});

describe("writing the archive", () => {
  test("gives exactly the hashed bytes, which stay as they are", async () => {
    const layers = [gzipLayer(randomBytes(1, 700_000)), plainLayer(randomBytes(2, 300_000)), gzipLayer("c")];
    const image = await imageUnderTest((repository) => addImage(repository, { format: "oci", layers }));
    const written: Uint8Array[] = [];
    const prefetched = await image.prefetch(
      {},
      {
        writeArchive: async (bytes) => {
          written.push(bytes);
        },
      },
    );
    const archive = Buffer.concat(written);
    expect(archive.length).toBe(prefetched.archiveSize);
    expect(digestOf(archive)).toBe(prefetched.archiveDigest);
  });

  test("waits for the writer", async () => {
    const image = await imageUnderTest((repository) =>
      addImage(repository, { format: "oci", layers: [gzipLayer("a")] }),
    );
    let writing = false;
    await image.prefetch(
      {},
      {
        writeArchive: async () => {
          expect(writing).toBe(false);
          writing = true;
          await new Promise((resolve) => setImmediate(resolve));
          writing = false;
        },
      },
    );
  });
});
