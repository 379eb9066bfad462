import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { mapConcurrently } from "../../server/src/base/concurrency.ts";
import type { Digest } from "../../server/src/oci/digest.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { addImage, configFor } from "../support/images/image.ts";
import { realisticContent } from "../support/images/realistic.ts";
import { pushContent } from "../support/push.ts";
import { type RegistryContent, repositoryOf } from "../support/registry/content.ts";
import { isMissing } from "../support/tools.ts";
import { type BenchResult, inSeconds, median } from "./result.ts";
import { type Measurement, measureDockpin, measureSkopeo } from "./rivals.ts";

const MEGABYTE = 1_000_000;
const LAYER_COUNT = 4;
const LAYER_SIZE = 125 * MEGABYTE;

// The bundles lie in build/.
const CLI = join(__dirname, "..", "dist", "cli.js");
const USAGE_REPORTER = join(__dirname, "bench-usage-report.js");

/** How long `dockpin prefetch` takes against skopeo and sha256sum, with a registry on this machine. */
export async function benchPrefetch(rounds: number): Promise<BenchResult> {
  if (isMissing("docker-registry", "skopeo", "sha256sum")) {
    return {
      skipped:
        "it needs docker-registry, skopeo and sha256sum on PATH; on Debian: apt-get install docker-registry skopeo",
    };
  }
  const registry = await startDockerRegistry();
  const folder = await mkdtemp(join(tmpdir(), "dockpin-bench-"));
  try {
    console.log(`Generating and pushing ${LAYER_COUNT} layers of ${LAYER_SIZE / MEGABYTE} MB…`);
    const { content, digest, compressedSize } = await generateImage();
    await pushContent(registry.host, content);
    const task = { repository: `${registry.host}/bench`, digest, finalName: "bench", finalTag: "1", folder };
    const results = { dockpin: [] as Measurement[], skopeo: [] as Measurement[] };
    for (let round = 1; round <= rounds; round++) {
      const skopeo = await measureSkopeo(task);
      const dockpin = await measureDockpin(task, CLI, USAGE_REPORTER);
      if (dockpin.hash !== skopeo.hash) throw new Error(`dockpin says ${dockpin.hash}, skopeo ${skopeo.hash}`);
      results.skopeo.push(skopeo);
      results.dockpin.push(dockpin);
      console.log(`round ${round}: skopeo ${skopeo.seconds.toFixed(2)} s, dockpin ${dockpin.seconds.toFixed(2)} s`);
    }
    return summary(results, compressedSize);
  } finally {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function generateImage(): Promise<{ content: RegistryContent; digest: Digest; compressedSize: number }> {
  const content: RegistryContent = new Map();
  const seeds = Array.from({ length: LAYER_COUNT }, (_, index) => index + 1);
  const blobs = await mapConcurrently(seeds, availableParallelism(), (seed) =>
    promisify(gzip)(realisticContent(seed, LAYER_SIZE)),
  );
  const digest = addImage(repositoryOf(content, "bench"), {
    format: "docker",
    config: configFor("linux/amd64"),
    layers: blobs.map((blob) => ({ blob, type: "gzip" })),
  });
  return { content, digest, compressedSize: blobs.reduce((sum, blob) => sum + blob.length, 0) };
}

function summary(results: Record<"dockpin" | "skopeo", readonly Measurement[]>, compressedSize: number): BenchResult {
  const size = LAYER_COUNT * LAYER_SIZE;
  const row = (name: string, measurements: readonly Measurement[]) => {
    const middle = median(measurements.map(({ seconds }) => seconds));
    const best = Math.min(...measurements.map(({ seconds }) => seconds));
    return [name, inSeconds(middle), inSeconds(best), `${(size / MEGABYTE / middle).toFixed(0)} MB/s`];
  };
  const [skopeo, dockpin] = [results.skopeo, results.dockpin].map((all) => median(all.map(({ seconds }) => seconds)));
  const peakMemory = Math.max(...results.dockpin.map((measurement) => measurement.peakMemory ?? 0));
  return {
    title: `Prefetch: ${LAYER_COUNT} gzip layers, ${size / MEGABYTE} MB, ${(compressedSize / MEGABYTE).toFixed(0)} MB compressed, registry on this machine`,
    table: [
      ["", "median", "best", "uncompressed"],
      row("skopeo copy + sha256sum", results.skopeo),
      row("dockpin prefetch", results.dockpin),
    ],
    figures: {
      skopeoSeconds: skopeo ?? Number.NaN,
      dockpinSeconds: dockpin ?? Number.NaN,
      timesAsFast: (skopeo ?? Number.NaN) / (dockpin ?? Number.NaN),
      peakMemory,
    },
    goals: [],
  };
}
