import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mapConcurrently } from "../../server/src/base/concurrency.ts";
import { generatedModule, generatedPackage } from "../support/nix/generated-nix.ts";
import { isMissing } from "../support/tools.ts";
import { CLI } from "./places.ts";
import { run, timed } from "./programs.ts";
import { type BenchResult, inSeconds, median } from "./result.ts";

const FILES = 20_000;
const FILES_WITH_PINS = 150;
const FILES_PER_FOLDER = 40;
const FILE_SIZE = 4_900;

/** How long `dockpin list` takes on many Nix files of which few have pins, against a search for one word by `grep`. */
export async function benchScan(rounds: number): Promise<BenchResult> {
  if (isMissing("grep")) return { skipped: "it needs grep on PATH" };
  const folder = join(tmpdir(), `dockpin-bench-scan-${process.pid}`);
  try {
    const size = await generateFolder(folder);
    const grep = { seconds: [] as number[], found: 0 };
    const dockpin = { seconds: [] as number[], found: 0 };
    for (let round = 0; round <= rounds; round++) {
      const [searched, listed] = [await search(folder), await list(folder)];
      // The first round fills the file system's cache.
      if (round === 0) continue;
      grep.seconds.push(searched.seconds);
      dockpin.seconds.push(listed.seconds);
      [grep.found, dockpin.found] = [searched.found, listed.found];
    }
    if (grep.found !== FILES_WITH_PINS || dockpin.found !== FILES_WITH_PINS) {
      throw new Error(`grep found ${grep.found} files with pins, dockpin ${dockpin.found}, of ${FILES_WITH_PINS}`);
    }
    const ratio = median(dockpin.seconds) / median(grep.seconds);
    return {
      title: `Scan: ${FILES} files, ${(size / 1e6).toFixed(0)} MB, ${FILES_WITH_PINS} of them with pins`,
      table: [
        ["", "median", "best"],
        ["grep -rlF imageDigest", inSeconds(median(grep.seconds)), inSeconds(Math.min(...grep.seconds))],
        ["dockpin list", inSeconds(median(dockpin.seconds)), inSeconds(Math.min(...dockpin.seconds))],
      ],
      figures: { bytes: size, grepSeconds: median(grep.seconds), dockpinSeconds: median(dockpin.seconds), ratio },
      goals: [{ name: "dockpin list / grep", figure: ratio, atMost: 3 }],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function search(folder: string): Promise<{ seconds: number; found: number }> {
  const { seconds, value: output } = await timed(() => run("grep", ["-rlF", "imageDigest", folder]));
  return { seconds, found: output.trim().split("\n").length };
}

async function list(folder: string): Promise<{ seconds: number; found: number }> {
  const { seconds, value: output } = await timed(() => run(process.execPath, [CLI, "list", "--json", folder]));
  const pins: { file: string }[] = JSON.parse(output);
  return { seconds, found: new Set(pins.map(({ file }) => file)).size };
}

/** Gives the bytes written. */
async function generateFolder(folder: string): Promise<number> {
  const folders = Array.from({ length: Math.ceil(FILES / FILES_PER_FOLDER) }, (_, index) =>
    join(folder, `group-${index % 20}`, `part-${index}`),
  );
  await mapConcurrently(folders, 16, (path) => mkdir(path, { recursive: true }));
  const every = Math.floor(FILES / FILES_WITH_PINS);
  let [size, withPins] = [0, 0];
  await mapConcurrently(
    Array.from({ length: FILES }, (_, index) => index),
    16,
    async (index) => {
      const hasPins = index % every === 0 && withPins < FILES_WITH_PINS;
      if (hasPins) withPins++;
      const text = hasPins
        ? generatedModule(index + 1, 120, 1 + (index % 4))
        : generatedPackage(index + 1, FILE_SIZE * (0.2 + (index % 9) / 5));
      size += text.length;
      await writeFile(join(folders[index % folders.length] ?? folder, `file-${index}.nix`), text);
    },
  );
  return size;
}
