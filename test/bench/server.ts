import type { Digest } from "../../server/src/oci/digest.ts";
import type { BenchImage } from "./images.ts";
import { startBenchServer } from "./language-server.ts";
import type { Stage } from "./part.ts";
import { pinsFile } from "./pins.ts";
import { forgetPeak, memoryOf } from "./processes.ts";
import { type BenchResult, type Goal, inMegabytes, inMilliseconds, inSeconds, median } from "./result.ts";

const MEMORY_AT_MOST = 200;
const DELAY_AT_MOST = 50;
/** No higher, within what the same image differs by from one time to the next. */
const LARGE_AT_MOST = 1.1;
const OTHER_DIGEST = `sha256:${"d".repeat(64)}` as Digest;

interface Rounds {
  readonly image: BenchImage;
  readonly rounds: number;
  readonly measurements: Measurement[];
}

interface Measurement {
  readonly seconds: number;
  /** Bytes. */
  readonly idle: number;
  readonly peakOverIdle: number;
  /** Milliseconds. */
  readonly delay: { readonly p99: number; readonly max: number };
}

/** What a language server needs of memory for each image, and how long its event loop stands still meanwhile. */
export async function benchServer({ registry, images, folder, rounds }: Stage): Promise<BenchResult> {
  if (memoryOf(process.pid) === null) return { skipped: "it needs /proc, as Linux has it" };
  const usual = [...images.fiveLayers, ...images.oneLayer, ...images.manyLayers, ...images.zstd];
  const all: Rounds[] = [
    ...usual.map((image) => ({ image, rounds, measurements: [] })),
    ...images.sixGigabytes.map((image) => ({ image, rounds: 1, measurements: [] })),
  ];
  for (let round = 0; round < rounds; round++) {
    for (const one of all) if (round < one.rounds) one.measurements.push(await measure(one.image));
  }
  return summary(all, images.fiveLayers[0]);

  /** In a server of its own, whose caches are empty. */
  async function measure({ repository, tag }: BenchImage): Promise<Measurement> {
    const server = await startBenchServer(folder, registry.host);
    try {
      // All of the server has been in use once, but for prefetching.
      await server.firstLens("idle.nix", pinsFile([{ image: "registry.test/idle", tag: "1", digest: OTHER_DIGEST }]));
      await server.eventLoop();
      const idle = residentOf(server.processId);
      forgetPeak(server.processId);
      const pin = { image: `${registry.host}/${repository}`, tag, digest: OTHER_DIGEST };
      const [seconds = Number.NaN] = await server.updateEach("image.nix", pinsFile([pin]));
      const { p99, max } = await server.eventLoop();
      return { seconds, idle, peakOverIdle: peakOf(server.processId) - idle, delay: { p99, max } };
    } finally {
      await server.close();
    }
  }
}

function residentOf(processId: number): number {
  return memoryOf(processId)?.resident ?? Number.NaN;
}

function peakOf(processId: number): number {
  return memoryOf(processId)?.peak ?? Number.NaN;
}

function summary(all: readonly Rounds[], fiveLayers: BenchImage | undefined): BenchResult {
  const goals: Goal[] = [];
  const figures: Record<string, number> = {};
  const rows = all.map(({ image, measurements }) => {
    const middle = (value: (measurement: Measurement) => number) => median(measurements.map(value));
    const peak = middle(({ peakOverIdle }) => peakOverIdle);
    const delay = Math.max(...measurements.map(({ delay }) => delay.max));
    figures[`${image.repository}.peakOverIdle`] = peak;
    figures[`${image.repository}.delay`] = delay;
    goals.push({ name: `${image.title}: peak over idle`, figure: peak / 1e6, atMost: MEMORY_AT_MOST, unit: "MB" });
    if (image === fiveLayers) {
      const name = `${image.title}: longest delay of the event loop, all rounds`;
      goals.push({ name, figure: delay, atMost: DELAY_AT_MOST, unit: "ms" });
    }
    return [
      image.title,
      inSeconds(middle(({ seconds }) => seconds)),
      inMegabytes(middle(({ idle }) => idle)),
      inMegabytes(peak),
      inMilliseconds(middle(({ delay }) => delay.p99)),
      inMilliseconds(delay),
    ];
  });
  const highest = (repository: string) =>
    Math.max(
      ...all
        .filter(({ image }) => image.repository === repository)
        .flatMap(({ measurements }) => measurements.map(({ peakOverIdle }) => peakOverIdle)),
    );
  goals.push({
    name: "peak over idle: 6 GB / the highest of 1 GB, 5 layers",
    figure: highest("six-gigabytes") / highest("five-layers"),
    atMost: LARGE_AT_MOST,
  });
  return {
    title: "The language server while it updates one pin",
    table: [["image", "update", "idle", "peak over idle", "event loop p99", "event loop max"], ...rows],
    notes: [
      "Medians, but the longest delay is that of all rounds. The 6 GB image is prefetched once. Delays include the 1 ms for which the timer asks that measures them.",
    ],
    figures,
    goals,
  };
}
