import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../../server/src/oci/digest.ts";
import { runDockpin } from "./dockpin.ts";
import type { Stage } from "./part.ts";
import { pinsFile, type StalePin } from "./pins.ts";
import { type BenchResult, inMegabytes, inSeconds, median, sum } from "./result.ts";

const PINS = 40;
const AT_MOST = 0.35;

/** `dockpin update` of many pins at once, of which some are of the same images and these of the same bases, against one after the other. */
export async function benchUpdateAll({ registry, images, folder, rounds }: Stage): Promise<BenchResult> {
  const work = join(folder, "update-all");
  const applications = images.applications.filter(({ tag }) => tag === "1.0");
  const pins = Array.from({ length: PINS }, (_, index): StalePin => {
    const application = applications[index % applications.length];
    if (application === undefined) throw new Error("there are no images");
    const image = `${registry.host}/${application.repository}`;
    const pin = { image, tag: application.tag, digest: oldDigest(application.repository) };
    const isRepeated = Math.floor(index / applications.length) % 2 === 1;
    return isRepeated ? { ...pin, finalName: "local/name" } : pin;
  });
  const blobs = new Set(applications.flatMap(({ layers }) => layers.map(({ digest }) => digest)));
  const together: number[] = [];
  const oneByOne: number[] = [];
  const starts: number[] = [];
  let received = 0;
  let fetches = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      await registry.answers();
      together.push(await update(pins));
      const answers = await registry.answers();
      received = sum(answers.map(({ size }) => size));
      const whole = answers.filter(({ method, status }) => method === "GET" && status === 200);
      fetches = Math.max(
        ...[...blobs].map((blob) => whole.filter(({ path }) => path.endsWith(`/blobs/${blob}`)).length),
      );
      const single = [];
      for (const pin of pins) single.push(await update([pin]));
      oneByOne.push(sum(single));
      starts.push((await runDockpin(work, "list", "--json", work)).seconds);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const [ofOne, ofAll, ofStart] = [median(oneByOne), median(together), median(starts)];
  // Programs that start would flatter us.
  const ofOneWithoutStarts = ofOne - (PINS - 1) * ofStart;
  const size = sum(applications.map(({ compressedSize }) => compressedSize));
  const row = (name: string, seconds: number) => [name, inSeconds(seconds), (seconds / ofAll).toFixed(1)];
  return {
    title: `Update of ${PINS} pins: ${applications.length} images of 70 MB on 3 bases of 60 MB`,
    table: [
      ["", "median", "times as long"],
      row("dockpin update, all at once", ofAll),
      row(`dockpin update, ${PINS} times, cold`, ofOne),
      row("the same, less the start of the programs", ofOneWithoutStarts),
    ],
    notes: [
      `${inMegabytes(received)} came from the registry, where the images have ${inMegabytes(size)} with each base counted as often as it is used.`,
    ],
    figures: { together: ofAll, oneByOne: ofOne, start: ofStart, received, fetches },
    goals: [
      { name: "all at once / one by one less starts", figure: ofAll / ofOneWithoutStarts, atMost: AT_MOST },
      { name: "downloads of any one blob", figure: fetches, atMost: 1 },
    ],
  };

  async function update(some: readonly StalePin[]): Promise<number> {
    await rm(work, { recursive: true, force: true });
    await mkdir(work, { recursive: true });
    await writeFile(join(work, "images.nix"), pinsFile(some));
    const { seconds, output } = await runDockpin(folder, "update", "--tls-verify=false", "--json", "--quiet", work);
    const { summary }: { summary: Record<string, number> } = JSON.parse(output);
    if (summary["updated"] !== some.length) throw new Error(`not all pins were updated: ${output.slice(0, 2000)}`);
    return seconds;
  }

  function oldDigest(repository: string): Digest {
    const old = images.applications.find((image) => image.repository === repository && image.tag !== "1.0");
    if (old === undefined) throw new Error(`${repository} has no old image`);
    return old.digest;
  }
}
