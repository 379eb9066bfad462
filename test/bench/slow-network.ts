import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startSlowNetwork } from "../support/slow-network.ts";
import { runDockpin } from "./dockpin.ts";
import type { Stage } from "./part.ts";
import { pinsFile } from "./pins.ts";
import { type BenchResult, type Goal, inMegabytes, inMilliseconds, inSeconds, median } from "./result.ts";

const ROUND_TRIP = 50;
const BANDWIDTH = 20e6;
const PREFETCH_AT_MOST = 1.1;
const PREFETCH_ROUND_TRIPS = 10;
const CHECK_ROUND_TRIPS = 12;

/** Prefetches, and a check of many pins, by way of a network that is far and narrow. */
export async function benchSlowNetwork({ registry, images, folder, rounds }: Stage): Promise<BenchResult> {
  const work = join(folder, "many-tags");
  const network = await startSlowNetwork(Number(registry.host.split(":")[1]), {
    roundTrip: ROUND_TRIP,
    bandwidth: BANDWIDTH,
  });
  const host = `127.0.0.1:${network.port}`;
  const measured = [...images.manyLayers, ...images.fiveLayers].map((image) => ({ image, seconds: [] as number[] }));
  const checks = { network: [] as number[], process: [] as number[] };
  try {
    await mkdir(work);
    const pins = images.manyTags.map(({ repository, tag, digest }) => ({
      image: `${host}/${repository}`,
      tag,
      digest,
    }));
    await writeFile(join(work, "images.nix"), pinsFile(pins));
    for (let round = 0; round < rounds; round++) {
      for (const { image, seconds } of measured) {
        const options = ["--tls-verify=false", "--json", "--quiet"];
        const name = `${host}/${image.repository}`;
        seconds.push((await runDockpin(folder, "prefetch", ...options, name, image.tag)).seconds);
      }
      network.takeDuration();
      const { seconds, output } = await runDockpin(folder, "check", "--tls-verify=false", "--json", "--quiet", work);
      checks.network.push(network.takeDuration());
      checks.process.push(seconds);
      const { summary }: { summary: Record<string, number> } = JSON.parse(output);
      if (summary["fresh"] !== pins.length) throw new Error(`not all pins are fresh: ${output.slice(0, 2000)}`);
    }
  } finally {
    await network.close();
    await rm(work, { recursive: true, force: true });
  }
  const goals: Goal[] = [];
  const rows = measured.map(({ image, seconds }) => {
    const least = image.compressedSize / BANDWIDTH + (PREFETCH_ROUND_TRIPS * ROUND_TRIP) / 1000;
    const figure = median(seconds) / least;
    const name = `${image.title}: prefetch / (bytes ÷ bandwidth + ${PREFETCH_ROUND_TRIPS} round trips)`;
    goals.push({ name, figure, atMost: PREFETCH_AT_MOST });
    return [
      `prefetch of ${image.title}`,
      inMegabytes(image.compressedSize),
      inSeconds(median(seconds)),
      inSeconds(least),
    ];
  });
  const check = median(checks.network);
  goals.push({
    name: `check of ${images.manyTags.length} pins: round trips' time`,
    figure: check / ROUND_TRIP,
    atMost: CHECK_ROUND_TRIPS,
  });
  const allowed = inMilliseconds(CHECK_ROUND_TRIPS * ROUND_TRIP);
  return {
    title: `A slow network: ${ROUND_TRIP} ms round trip, ${BANDWIDTH / 1e6} MB/s`,
    table: [
      ["", "compressed", "median", "bytes and round trips"],
      ...rows,
      [`check of ${images.manyTags.length} pins with as many tags`, "", inMilliseconds(check), allowed],
    ],
    notes: [
      `The check is counted from its first connection until its last answer; with the start of the program it took ${inSeconds(median(checks.process))}. The network is a proxy of our own: a true delay in both directions, one more round trip for each connection, bandwidth shared by all, no loss and no slow start.`,
    ],
    figures: {
      check,
      checkProcess: median(checks.process),
      ...Object.fromEntries(measured.map(({ image, seconds }) => [image.repository, median(seconds)])),
    },
    goals,
  };
}
