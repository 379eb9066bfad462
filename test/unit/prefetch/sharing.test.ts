import { describe, expect, test } from "vitest";
import type { CacheStore } from "../../../server/src/base/cache-store.ts";
import { type Digest, digestOf } from "../../../server/src/oci/digest.ts";
import { addImage, configFor, gzipLayer } from "../../support/images/image.ts";
import { memoryCacheStore } from "../../support/memory-cache-store.ts";
import { engineInProcess } from "../../support/prefetch-engine.ts";
import { imageUnderTest } from "./image-under-test.ts";

const content = (name: string) => name.repeat(5000);

/** Images of one repository, by the names of their layers; what is prefetched through one engine and cache is shared. */
async function images(names: readonly string[], cache: CacheStore = memoryCacheStore()) {
  const digests = new Map<string, Digest>();
  const image = await imageUnderTest((repository) => {
    for (const name of names) {
      const config = configFor("linux/amd64", [...name].map(content));
      const layers = [...name].map((layer) => gzipLayer(content(layer)));
      digests.set(name, addImage(repository, { format: "oci", layers, config }));
    }
    return [...digests.values()][0]!;
  });
  const layerNames = new Map(
    [...names.join("")].map((name) => [`blob ${digestOf(gzipLayer(content(name)).blob)}`, name]),
  );
  const { requests } = image.registry;
  return {
    image,
    /** The hash, and which layers were asked for, on an engine of its own unless one is given. */
    async prefetch(name: string, engine = engineInProcess(cache), finalImageTag = "1.0") {
      const before = requests.length;
      const { archiveDigest } = await image.prefetch({ reference: digests.get(name)!, finalImageTag }, { engine });
      const asked = requests.slice(before).flatMap((request) => layerNames.get(request) ?? []);
      return { archiveDigest, asked: asked.toSorted().join("") };
    },
    asked: () =>
      requests
        .flatMap((request) => layerNames.get(request) ?? [])
        .toSorted()
        .join(""),
    leftovers: image.leftovers,
  };
}

/** What one engine after the other gives for an image, with nothing known. */
async function hashOf(name: string, finalImageTag?: string) {
  const { prefetch } = await images([name]);
  return (await prefetch(name, engineInProcess(), finalImageTag)).archiveDigest;
}

describe("what one engine has hashed", () => {
  test.each([
    ["the next image on the same base", "abc", "abd", "d"],
    ["a layer more", "ab", "abc", "c"],
    ["a layer less", "abc", "ab", ""],
    ["another base", "abc", "xbc", "bcx"],
  ])("%s", async (_, first, second, asked) => {
    const { prefetch } = await images([first, second]);
    const engine = engineInProcess();
    await prefetch(first, engine);
    expect(await prefetch(second, engine)).toEqual({ archiveDigest: await hashOf(second), asked });
  });

  test("another final name needs no layer", async () => {
    const { prefetch } = await images(["abc"]);
    const engine = engineInProcess();
    await prefetch("abc", engine);
    const archiveDigest = await hashOf("abc", "2.0");
    expect(await prefetch("abc", engine, "2.0")).toEqual({ archiveDigest, asked: "" });
  });

  test("images that are prefetched at once fetch each blob once", async () => {
    const names = ["abc", "abd", "ab", "abcd", "xyz", "xya"];
    const { prefetch, asked, leftovers } = await images(names);
    const engine = engineInProcess();
    const prefetched = await Promise.all(names.map((name) => prefetch(name, engine)));
    expect(prefetched.map(({ archiveDigest }) => archiveDigest)).toEqual(
      await Promise.all(names.map((n) => hashOf(n))),
    );
    // The d of two images stands behind different layers, and the a of the last image too.
    expect(asked()).toBe("aabcddxyz");
    expect(await leftovers()).toEqual([]);
  });
});

describe("what other processes have learnt", () => {
  test("the hash of the same image under the same name: no layer", async () => {
    const { prefetch } = await images(["abc"]);
    const first = await prefetch("abc");
    expect(await prefetch("abc")).toEqual({ ...first, asked: "" });
  });

  test("what layers unpack to: an unknown image of known layers has no wrong guess", async () => {
    const { prefetch } = await images(["abc", "cba"]);
    await prefetch("abc");
    expect(await prefetch("cba")).toEqual({ archiveDigest: await hashOf("cba"), asked: "abc" });
  });

  test.each([
    ["a wrong size", { size: 1 }],
    ["a wrong size and digest", { size: 1, digest: digestOf(Buffer.from("another")) }],
    ["another shape", { size: "1" }],
  ])("%s of a layer is found out", async (_, change) => {
    const cache = memoryCacheStore();
    const { prefetch } = await images(["abc", "abd"], cache);
    await prefetch("abc");
    for (const [key, value] of cache.entries) {
      if (!key.startsWith("layer")) continue;
      const facts: object = JSON.parse(Buffer.from(value).toString());
      cache.entries.set(key, Buffer.from(JSON.stringify({ ...facts, ...change })));
    }
    expect((await prefetch("abd")).archiveDigest).toBe(await hashOf("abd"));
  });
});

describe("what a cancelled prefetch leaves to others is right", () => {
  test.each([1, 2, 3, 4])("when %d of four layers were hashed, and the next ones unpacked ahead", async (hashed) => {
    const cache = memoryCacheStore();
    const { image, prefetch } = await images(["abcd"], cache);
    await prefetch("abcd");
    // What layers unpack to is known, the hash of the image is not.
    for (const key of cache.entries.keys()) if (key.startsWith("image ")) cache.entries.delete(key);
    const engine = engineInProcess(cache);
    const cancel = new AbortController();
    const onProgress = async ({ layersDone }: { layersDone: number }) => {
      if (layersDone === hashed) cancel.abort(new Error("enough"));
    };
    await image.prefetch({}, { engine, onProgress, signal: cancel.signal }).catch(() => undefined);
    expect(cancel.signal.aborted).toBe(true);
    expect((await prefetch("abcd", engine)).archiveDigest).toBe(await hashOf("abcd"));
  });
});
