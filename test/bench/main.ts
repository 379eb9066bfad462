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
import { type Measurement, measureDockpin, measureSkopeo } from "./rivals.ts";

const MEGABYTE = 1_000_000;
const LAYER_COUNT = 4;
const LAYER_SIZE = 125 * MEGABYTE;
const DEFAULT_ROUNDS = 5;

// The bundles lie in build/.
const CLI = join(__dirname, "..", "dist", "cli.js");
const USAGE_REPORTER = join(__dirname, "bench-usage-report.js");

async function main(): Promise<number> {
  const rounds = Number(process.argv[2] ?? DEFAULT_ROUNDS);
  if (!Number.isInteger(rounds) || rounds < 1) {
    console.error("Usage: npm run bench [-- ROUNDS]");
    return 2;
  }
  if (isMissing("docker-registry", "skopeo", "sha256sum")) {
    console.error(
      "The benchmark needs docker-registry, skopeo and sha256sum on PATH; on Debian: apt-get install docker-registry skopeo.",
    );
    return 2;
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
    printTable(results, compressedSize);
    return 0;
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

function printTable(results: Record<"dockpin" | "skopeo", readonly Measurement[]>, compressedSize: number): void {
  const size = LAYER_COUNT * LAYER_SIZE;
  const row = (name: string, measurements: readonly Measurement[]) => {
    const median = medianSeconds(measurements);
    const best = Math.min(...measurements.map(({ seconds }) => seconds));
    return `${name.padEnd(24)}${seconds(median)}${seconds(best)}${(size / MEGABYTE / median).toFixed(0).padStart(8)} MB/s`;
  };
  const ratio = medianSeconds(results.skopeo) / medianSeconds(results.dockpin);
  const peakMemory = Math.max(...results.dockpin.map((measurement) => measurement.peakMemory ?? 0));
  console.log(`
${LAYER_COUNT} gzip layers: ${size / MEGABYTE} MB, ${(compressedSize / MEGABYTE).toFixed(0)} MB compressed
Node ${process.versions.node}, ${availableParallelism()} processors, registry on this machine

                          median      best  uncompressed
${row("skopeo copy + sha256sum", results.skopeo)}
${row("dockpin prefetch", results.dockpin)}

dockpin is ${ratio.toFixed(2)} times as fast as skopeo, and needs ${(peakMemory / MEGABYTE).toFixed(0)} MB of memory at most.`);
}

function seconds(value: number): string {
  return `${value.toFixed(2).padStart(8)} s`;
}

function medianSeconds(measurements: readonly Measurement[]): number {
  const sorted = measurements.map(({ seconds }) => seconds).toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 2;
  },
);
