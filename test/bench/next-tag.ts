import type { BenchImage } from "./images.ts";
import { startBenchServer } from "./language-server.ts";
import type { Stage } from "./part.ts";
import { pinsFile } from "./pins.ts";
import { type BenchResult, inMegabytes, inMilliseconds, inSeconds, median, sum } from "./result.ts";

const NEW_LAYER_AT_MOST = 1.3;
const OTHER_NAME_AT_MOST = 0.01;
/** Manifests, configs and the ends of blobs: far more than they have. */
const BESIDE_LAYERS = 100_000;

/**
 * What the next tag on the same base, and another final name of the same image, cost in an editor that has had the image,
 * against the new layer by itself and the image at first.
 */
export async function benchNextTag({ registry, images, folder, rounds }: Stage): Promise<BenchResult> {
  const [first, next, alone, old] = images.nextTag as readonly [BenchImage, BenchImage, BenchImage, BenchImage];
  const times = { alone: [] as number[], first: [] as number[], next: [] as number[], renamed: [] as number[] };
  const bytes = { next: [] as number[], renamed: [] as number[] };
  let blobsOfRenamed = 0;
  for (let round = 0; round < rounds; round++) {
    const server = await startBenchServer(folder, registry.host);
    const update = async (image: BenchImage, finalName?: string) => {
      await registry.answers();
      const name = `${image.repository}-${image.tag}-${finalName ?? ""}.nix`;
      const { digest } = image === alone ? old : image === first ? next : first;
      const pin = { image: `${registry.host}/${image.repository}`, tag: image.tag, digest };
      const text = pinsFile([finalName === undefined ? pin : { ...pin, finalName }]);
      const [seconds = Number.NaN] = await server.updateEach(name, text);
      return { seconds, answers: await registry.answers() };
    };
    try {
      times.alone.push((await update(alone)).seconds);
      times.first.push((await update(first)).seconds);
      const updated = await update(next);
      times.next.push(updated.seconds);
      bytes.next.push(sum(updated.answers.map(({ size }) => size)));
      const renamed = await update(next, "other");
      times.renamed.push(renamed.seconds);
      bytes.renamed.push(sum(renamed.answers.map(({ size }) => size)));
      blobsOfRenamed += renamed.answers.filter(({ path }) => path.includes("/blobs/")).length;
    } finally {
      await server.close();
    }
  }
  const newLayer = next.layers.at(-1)?.size ?? Number.NaN;
  const row = (name: string, seconds: readonly number[], received = "") => [
    name,
    inSeconds(median(seconds)),
    inSeconds(Math.min(...seconds)),
    received,
  ];
  const [ofNext, ofFirst] = [median(times.next), median(times.first)];
  const [ofAlone, ofRenamed] = [median(times.alone), median(times.renamed)];
  return {
    title: "The next tag on the same base, in one editor session",
    table: [
      ["", "median", "best", "from the registry"],
      row("an image of the new layer alone: 50 MB", times.alone),
      row("the first tag: 950 MB + 50 MB", times.first),
      row("the next tag: another 50 MB on the same 950 MB", times.next, inMegabytes(Math.max(...bytes.next))),
      row("that under another final name", times.renamed, inMegabytes(Math.max(...bytes.renamed))),
    ],
    notes: [
      `The new layer has ${inMegabytes(newLayer)} as stored. Another final name took ${inMilliseconds(1000 * ofRenamed)}, and ${blobsOfRenamed / rounds} requests for blobs.`,
    ],
    figures: {
      alone: ofAlone,
      first: ofFirst,
      next: ofNext,
      renamed: ofRenamed,
      nextBytes: Math.max(...bytes.next),
      renamedBytes: Math.max(...bytes.renamed),
      blobsOfRenamed,
    },
    goals: [
      { name: "next tag / the new layer alone", figure: ofNext / ofAlone, atMost: NEW_LAYER_AT_MOST },
      {
        name: "next tag: received beside the new layer",
        figure: (Math.max(...bytes.next) - newLayer) / 1e6,
        atMost: BESIDE_LAYERS / 1e6,
        unit: "MB",
      },
      { name: "another final name / first", figure: ofRenamed / ofFirst, atMost: OTHER_NAME_AT_MOST },
      { name: "another final name: requests for blobs", figure: blobsOfRenamed, atMost: 0 },
    ],
  };
}
