import { isMissing } from "../support/tools.ts";
import { benchFirstLens } from "./first-lens.ts";
import { type ImageSet, pushImages } from "./images.ts";
import { benchKeystroke } from "./keystroke.ts";
import { benchNextTag } from "./next-tag.ts";
import type { Stage } from "./part.ts";
import { benchPrefetch } from "./prefetch.ts";
import { benchReading } from "./reading.ts";
import { startBenchRegistry } from "./registry.ts";
import { writeBenchmarks } from "./report.ts";
import { type BenchResult, printResult } from "./result.ts";
import { describeMachine, keepResult, readResults, resultsFile } from "./results-file.ts";
import { benchScan } from "./scan.ts";
import { benchServer } from "./server.ts";
import { benchSlowNetwork } from "./slow-network.ts";
import { withFolder } from "./temporary-folder.ts";
import { benchUpdateAll } from "./update-all.ts";

type Part =
  | { readonly needs: readonly ImageSet[]; readonly bench: (stage: Stage) => Promise<BenchResult> }
  | { readonly needs: null; readonly bench: (rounds: number) => Promise<BenchResult> };

/** In the order of the report. */
const PARTS: Readonly<Record<string, Part>> = {
  prefetch: { needs: ["fiveLayers", "oneLayer", "manyLayers", "zstd"], bench: benchPrefetch },
  "next-tag": { needs: ["nextTag"], bench: benchNextTag },
  "update-all": { needs: ["applications"], bench: benchUpdateAll },
  "slow-network": { needs: ["manyLayers", "fiveLayers", "manyTags"], bench: benchSlowNetwork },
  server: { needs: ["fiveLayers", "oneLayer", "manyLayers", "zstd", "sixGigabytes"], bench: benchServer },
  "first-lens": { needs: null, bench: benchFirstLens },
  scan: { needs: null, bench: benchScan },
  keystroke: { needs: null, bench: benchKeystroke },
  reading: { needs: null, bench: benchReading },
};
const DEFAULT_ROUNDS = 5;
const PROGRAMS = ["docker-registry", "skopeo", "sha256sum"];
const USAGE = `Usage: npm run bench [-- [--write] [${Object.keys(PARTS).join("|")}…] [ROUNDS]]`;

async function main(args: readonly string[]): Promise<number> {
  const write = args.includes("--write");
  const named = args.filter((argument) => argument !== "--write");
  const rounds = /^\d+$/.test(named.at(-1) ?? "") ? Number(named.pop()) : DEFAULT_ROUNDS;
  if (rounds < 1 || named.some((name) => !Object.hasOwn(PARTS, name))) {
    console.error(USAGE);
    return 2;
  }
  const names = named.length > 0 ? named : Object.keys(PARTS);
  console.log(`${describeMachine()}, ${rounds} rounds\n`);
  const keep = async (name: string, result: BenchResult) => {
    console.log(printResult(result));
    await keepResult(name, rounds, result);
  };
  await withImages(names, async (stage) => {
    for (const name of names) {
      const part = PARTS[name];
      if (part === undefined || part.needs === null) continue;
      if (stage !== null) console.log(`Measuring ${name}…\n`);
      const skipped = `it needs ${PROGRAMS.join(", ")} on PATH; on Debian: apt-get install docker-registry skopeo`;
      await keep(name, stage === null ? { skipped } : await part.bench({ ...stage, rounds }));
    }
  });
  for (const name of names) {
    const part = PARTS[name];
    if (part === undefined || part.needs !== null) continue;
    console.log(`Measuring ${name}…\n`);
    await keep(name, await part.bench(rounds));
  }
  console.log(`Kept in ${resultsFile()}`);
  if (write) await writeBenchmarks(await readResults(), Object.keys(PARTS));
  return 0;
}

/** Gives what parts with images need; null where the programs for that are missing. */
async function withImages(
  names: readonly string[],
  work: (stage: Omit<Stage, "rounds"> | null) => Promise<void>,
): Promise<void> {
  const needed = new Set(names.flatMap((name) => PARTS[name]?.needs ?? []));
  if (needed.size === 0) return;
  if (isMissing(...PROGRAMS)) {
    await work(null);
    return;
  }
  await withFolder(async (folder) => {
    const registry = await startBenchRegistry(folder);
    try {
      console.log("Generating images and pushing them to a registry…\n");
      await work({ registry, images: await pushImages(registry.host, needed, folder), folder });
    } finally {
      await registry.close();
    }
  });
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 2;
  },
);
