import { describe, expect, test } from "vitest";
import { digestOf } from "../../../server/src/oci/digest.ts";
import { guessFromClaims } from "../../../server/src/prefetch/layer-guesses.ts";
import { ARCHIVE_VECTORS } from "../../support/archive-vectors.ts";
import { addImage, configFor, gzipLayer, plainLayer } from "../../support/images/image.ts";
import { WRONG_GUESSES } from "../../support/prefetch-engine.ts";
import { imageUnderTest } from "./image-under-test.ts";

describe.each(Object.entries(WRONG_GUESSES))("guesses that are all wrong, with %s, change no hash", (_, guess) => {
  test.each(ARCHIVE_VECTORS)("%s", async (_, { layers, config, finalImageName, finalImageTag, sha256, size }) => {
    const image = await imageUnderTest((repository) => addImage(repository, { format: "oci", layers, config }));
    const prefetched = await image.prefetch({ finalImageName, finalImageTag }, { guess });
    expect(prefetched).toMatchObject({ archiveDigest: `sha256:${sha256}`, archiveSize: size });
    expect(await image.leftovers()).toEqual([]);
  });
});

/** Of 5 kB, so that it arrives in several chunks. */
const content = (name: string) => name.repeat(5000);

/** The requests for blobs of layers that a prefetch of an image makes, by the layer's name, and its hash. */
async function requestsFor(names: string, diffIds: readonly string[] | null, options = {}) {
  const layers = [...names].map((name) => gzipLayer(content(name)));
  const config = diffIds === null ? "{}" : configFor("linux/amd64", diffIds.map(content));
  const image = await imageUnderTest((repository) => addImage(repository, { format: "oci", layers, config }));
  const { archiveDigest } = await image.prefetch({}, options);
  const nameOf = new Map(layers.map(({ blob }, index) => [`blob ${digestOf(blob)}`, names[index]]));
  const asked = image.registry.requests.flatMap((request) => nameOf.get(request) ?? []);
  return { asked: asked.toSorted().join(""), archiveDigest };
}

describe("what a guess costs", () => {
  test("nothing where it is right: every blob is fetched once", async () => {
    expect((await requestsFor("abc", ["a", "b", "c"])).asked).toBe("abc");
  });

  test("a download more where the size is wrong, for that layer alone", async () => {
    const right = await requestsFor("abc", ["a", "b", "c"]);
    const wrong = await requestsFor("abc", ["a", "b", "c"], {
      guess: async (claims: Parameters<typeof guessFromClaims>[0]) => {
        const guess = await guessFromClaims(claims);
        const isSecond = guess?.digest === digestOf(Buffer.from(content("b")));
        return guess && isSecond ? { ...guess, size: guess.size + 1 } : guess;
      },
    });
    expect(wrong).toEqual({ ...right, asked: "abbc" });
  });

  test("a config that lies is not believed for long", async () => {
    const right = await requestsFor("abcdef", [..."abcdef"]);
    const wrong = await requestsFor("abcdef", [..."xbcdef"]);
    // Layers that were on their way already were opened by what it says.
    expect(wrong.asked.length).toBeLessThan("aabbccddeeff".length);
    expect(new Set(wrong.asked)).toEqual(new Set("abcdef"));
    expect(wrong.archiveDigest).not.toBe(right.archiveDigest);
  });

  test.each([
    ["no diff_ids", null],
    ["too few", ["a"]],
  ])("without one, for %s, layers are measured first, and still fetched once", async (_, diffIds) => {
    expect((await requestsFor("abc", diffIds)).asked).toBe("abc");
  });

  test("a layer that only claims to be there already is written", async () => {
    const layers = [gzipLayer(content("a")), gzipLayer(content("b"))];
    const digestWith = async (diffIds: string[]) => {
      const config = configFor("linux/amd64", diffIds.map(content));
      const image = await imageUnderTest((repository) => addImage(repository, { format: "oci", layers, config }));
      return image.prefetch();
    };
    const [honest, liar] = [await digestWith(["a", "b"]), await digestWith(["a", "a"])];
    expect(liar.archiveSize).toBe(honest.archiveSize);
  });

  test("a layer that is there already, compressed in another way, is not written again", async () => {
    const layers = [gzipLayer(content("a")), plainLayer(content("a"))];
    const hashWith = async (layers: ReturnType<typeof gzipLayer>[], diffIds: string[]) => {
      const config = configFor("linux/amd64", diffIds.map(content));
      const image = await imageUnderTest((repository) => addImage(repository, { format: "oci", layers, config }));
      return (await image.prefetch()).archiveDigest;
    };
    for (const diffIds of [["a", "a"], ["a", "x"], ["x", "a"], []]) {
      expect(await hashWith(layers, diffIds)).toBe(
        await hashWith([gzipLayer(content("a")), gzipLayer(content("a"))], diffIds),
      );
    }
  });
});
