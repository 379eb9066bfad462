import { describe, expect, test } from "vitest";
import type { PrefetchProgress } from "../../../server/src/prefetch/prefetch.ts";
import { addImage, gzipLayer, plainLayer } from "../../support/images/image.ts";
import { imageUnderTest } from "./image-under-test.ts";

const CONFIG = "{}";

async function progressOf(
  layers: Parameters<typeof addImage>[1]["layers"],
  registryOptions?: Parameters<typeof imageUnderTest>[1],
): Promise<PrefetchProgress[]> {
  const image = await imageUnderTest(
    (repository) => addImage(repository, { format: "oci", layers, config: CONFIG }),
    registryOptions,
  );
  const progress: PrefetchProgress[] = [];
  await image.prefetch({}, { onProgress: (step) => progress.push(step) });
  return progress;
}

test("bytes and layers only grow, up to the totals; repeated blobs count once, repeated layers each", async () => {
  const steps = await progressOf([plainLayer("a".repeat(5000)), plainLayer("b"), plainLayer("a".repeat(5000))]);
  const totalBytes = CONFIG.length + 5000 + 1;
  expect(steps[0]).toEqual({ receivedBytes: 0, totalBytes, layersDone: 0, layersTotal: 3, waiting: null });
  expect(steps.at(-1)).toEqual({ receivedBytes: totalBytes, totalBytes, layersDone: 3, layersTotal: 3, waiting: null });
  for (const [index, step] of steps.slice(1).entries()) {
    expect(step.receivedBytes).toBeGreaterThanOrEqual(steps[index]!.receivedBytes);
    expect(step.layersDone).toBeGreaterThanOrEqual(steps[index]!.layersDone);
  }
  expect(new Set(steps.map(({ receivedBytes }) => receivedBytes)).size).toBeGreaterThan(5);
});

test("the total follows what blobs really have when the manifest states another size", async () => {
  const steps = await progressOf([{ ...gzipLayer("a"), descriptor: { size: 1_000_000 } }]);
  expect(steps[0]!.totalBytes).toBe(CONFIG.length + 1_000_000);
  expect(steps.at(-1)!.totalBytes).toBe(steps.at(-1)!.receivedBytes);
});

describe("waiting", () => {
  test("is told while the registry makes us wait, and no longer", async () => {
    const steps = await progressOf([plainLayer("abc")], {
      beforeChunk: (_, options) => options?.onWait?.({ milliseconds: 11_200, reason: "registry is rate limiting" }),
    });
    expect(steps.map(({ waiting }) => waiting)).toContain("waiting 12 s: registry is rate limiting");
    expect(steps.at(-1)!.waiting).toBeNull();
  });
});
