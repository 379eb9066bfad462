import { availableParallelism } from "node:os";
import { isMissing } from "../support/tools.ts";
import { type Run, runDockpin } from "./dockpin.ts";
import type { BenchImage } from "./images.ts";
import { type LimitTerms, limitSeconds, measureLimit, workSeconds } from "./machine-limit.ts";
import type { Stage } from "./part.ts";
import { busySeconds, processorSeconds } from "./processes.ts";
import { type BenchResult, type Goal, inMegabytes, inSeconds, median } from "./result.ts";
import {
  FINAL_NAME,
  FINAL_TAG,
  measureRivals,
  nixPrefetchDockerSeconds,
  type RivalTimes,
  refusalOfSkopeo,
  skopeoSeconds,
  type Task,
} from "./rivals.ts";

const SKOPEO_AT_MOST = 0.45;
const NIX_PREFETCH_DOCKER_AT_MOST = 0.3;
const LIMIT_AT_MOST = 1.25;

interface Rounds {
  readonly image: BenchImage;
  readonly task: Task;
  /** Why there are no rivals; null when there are. */
  readonly refusal: string | null;
  readonly rivals: RivalTimes[];
  readonly limits: LimitTerms[];
  readonly dockpin: Run[];
  /** Of the machine while dockpin runs, the part that others take who have no part in this. */
  readonly foreign: number[];
}

/** `dockpin prefetch` of images that nobody knows yet, against what others do for the hash, and against the machine. */
export async function benchPrefetch({ registry, images, folder, rounds }: Stage): Promise<BenchResult> {
  const hasNix = !isMissing("nix-hash", "nix-store");
  const all: Rounds[] = [];
  const hashes = new Set<string>();
  for (const image of [...images.fiveLayers, ...images.oneLayer, ...images.manyLayers, ...images.zstd]) {
    const repository = `${registry.host}/${image.repository}`;
    const task = { repository, tag: image.tag, digest: image.digest, folder };
    const refusal = images.zstd.includes(image) ? await refusalOfSkopeo(task) : null;
    all.push({ image, task, refusal, rivals: [], limits: [], dockpin: [], foreign: [] });
  }
  for (let round = 0; round < rounds; round++) for (const one of all) await playRound(one);
  return summary(all, hasNix);

  function registrySeconds(): number {
    return processorSeconds(registry.processId) ?? 0;
  }

  async function playRound({ image, task, refusal, rivals, limits, dockpin, foreign }: Rounds): Promise<void> {
    const limit = await measureLimit(registry, image);
    if (limit !== null) limits.push(limit);
    const rival = refusal === null ? await measureRivals(task, hasNix) : null;
    if (rival !== null) rivals.push(rival);
    const final = ["--final-image-name", FINAL_NAME, "--final-image-tag", FINAL_TAG];
    const options = ["--tls-verify=false", "--json", "--quiet", ...final];
    const before = busySeconds() - registrySeconds();
    const run = await runDockpin(folder, "prefetch", ...options, task.repository, task.tag);
    const others = busySeconds() - registrySeconds() - before - run.processor;
    dockpin.push(run);
    foreign.push(others / (run.seconds * availableParallelism()));
    const { hash }: { hash: string } = JSON.parse(run.output);
    if (rival !== null && rival.hash !== hash) throw new Error(`dockpin says ${hash}, skopeo ${rival.hash}`);
    // The zstd image has the content of another.
    hashes.add(hash);
    if (hashes.size > 3)
      throw new Error(`${image.title}: dockpin says ${hash}, which is another hash than that of its twin`);
  }
}

function summary(all: readonly Rounds[], hasNix: boolean): BenchResult {
  const goals: Goal[] = [];
  const figures: Record<string, number> = {};
  const notes: string[] = [];
  const rows = all.map(({ image, refusal, rivals, limits, dockpin, foreign }) => {
    const own = median(dockpin.map(({ seconds }) => seconds));
    const skopeo = median(rivals.map(skopeoSeconds));
    const nix = median(rivals.map(nixPrefetchDockerSeconds));
    const limit = median(limits.map(limitSeconds));
    const against = (rival: number, name: string, atMost: number, digits = 2) => {
      if (Number.isNaN(rival)) return "";
      goals.push({ name: `${image.title}: dockpin / ${name}`, figure: own / rival, atMost });
      return `${inSeconds(rival)} (${(own / rival).toFixed(digits)})`;
    };
    if (refusal !== null) notes.push(`${image.title}: without a rival, since skopeo says: ${refusal}.`);
    Object.assign(figures, {
      [`${image.repository}.dockpin`]: own,
      [`${image.repository}.dockpin.best`]: Math.min(...dockpin.map(({ seconds }) => seconds)),
      [`${image.repository}.skopeo`]: skopeo,
      [`${image.repository}.nixPrefetchDocker`]: nix,
      [`${image.repository}.limit`]: limit,
      [`${image.repository}.peakMemory`]: Math.max(...dockpin.map(({ peakMemory }) => peakMemory)),
      [`${image.repository}.processor`]: median(dockpin.map(({ processor }) => processor)),
      [`${image.repository}.foreign`]: median(foreign),
    });
    if (limits.length > 0) notes.push(describeTerms(image, limits, dockpin, foreign));
    return [
      image.title,
      inMegabytes(image.compressedSize),
      inSeconds(own),
      against(skopeo, "skopeo copy + sha256sum", SKOPEO_AT_MOST),
      against(nix, "nix-prefetch-docker", NIX_PREFETCH_DOCKER_AT_MOST),
      against(limit, "limit of the machine", LIMIT_AT_MOST),
      `${(image.uncompressedSize / 1e6 / own).toFixed(0)} MB/s`,
    ];
  });
  if (!hasNix) notes.push("Without nix-prefetch-docker: Nix is not on PATH.");
  notes.push(
    "In parentheses: dockpin's time ÷ that time. nix-prefetch-docker is what it runs: skopeo inspect, skopeo copy, nix-hash, nix-store --add-fixed. The limit of the machine is the larger of SHA-256 of the archive on one core, and all processor time ÷ cores.",
  );
  const headings = ["image", "compressed", "dockpin", "skopeo + sha256sum", "nix-prefetch-docker", "limit", "unpacked"];
  return {
    title: "Prefetch, cold, from a registry on this machine",
    table: [headings, ...rows],
    notes,
    figures,
    goals,
  };
}

function describeTerms(
  { title }: BenchImage,
  limits: readonly LimitTerms[],
  dockpin: readonly Run[],
  foreign: readonly number[],
): string {
  const term = (name: keyof LimitTerms) => inSeconds(median(limits.map((terms) => terms[name])));
  return (
    `${title}: work of ${inSeconds(median(limits.map(workSeconds)))} (receive ${term("receive")}, registry ${term("serve")}, ` +
    `SHA-256 of blobs ${term("hashBlobs")}, unpack ${term("unpack")}, SHA-256 of what is unpacked 2 × ${term("hashUnpacked")}). ` +
    `dockpin took ${inSeconds(median(dockpin.map(({ processor }) => processor)))} of processor time without the registry, and others ` +
    `${(100 * median(foreign)).toFixed(0)} % of the machine meanwhile.`
  );
}
