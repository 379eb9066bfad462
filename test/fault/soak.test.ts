import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { silentLog } from "../../server/src/base/log.ts";
import type { Digest } from "../../server/src/oci/digest.ts";
import { prefetchImage } from "../../server/src/prefetch/prefetch.ts";
import { gzipMembers } from "../support/images/gzip.ts";
import { addImage, configFor, gzipLayer, plainLayer, type StoredLayer } from "../support/images/image.ts";
import { type RandomBelow, seededRandom } from "../support/images/random.ts";
import { realisticContent } from "../support/images/realistic.ts";
import { memoryRegistryClient } from "../support/memory-registry-client.ts";
import { engineInProcess } from "../support/prefetch-engine.ts";
import { type RegistryContent, repositoryOf } from "../support/registry/content.ts";
import { startRegistry } from "../support/registry/server.ts";
import { FINAL_NAME, FINAL_TAG, PLATFORM } from "./soak/final-name.ts";
import type { SoakEnd, SoakImage, SoakPart, SoakTask } from "./soak/report.ts";

const COUNT = 200;
const PARTS = 4;
const AT_ONCE = 4;
const IMAGES = 16;
const BASES = 3;
const PATH = "team/soak";
const LARGEST_LAYER = 2_000_000;
/** What a process may grow by without a leak: a hundred prefetches, half of them cancelled, would leave more behind. */
const HEAP_SLACK = 8_000_000;
const RESIDENT_SLACK = 40_000_000;

/** Set DOCKPIN_SOAK_SEED to play a run again, as far as threads let one. */
const seed = Number(process.env["DOCKPIN_SOAK_SEED"] ?? randomInt(1, 2 ** 31));

test(`${COUNT} prefetches, ${AT_ONCE} at once, cancelled at random, leave nothing behind, seed ${seed}`, async () => {
  console.log(`DOCKPIN_SOAK_SEED=${seed}`);
  const content: RegistryContent = new Map();
  const images = await soakImages(content, seededRandom(seed));
  const registry = await startRegistry(content);
  try {
    const { exitCode, lines } = await playSoak({ host: registry.host, images });
    const parts = lines.slice(0, -1).map((line) => JSON.parse(line) as SoakPart);
    const end = JSON.parse(lines.at(-1) ?? "") as SoakEnd;
    // It ended by itself: nothing kept the process alive.
    expect(exitCode).toBe(0);
    expect(parts).toHaveLength(PARTS);
    for (const part of parts) {
      const left = { openChannels: 0, openCalls: 0, heldDownloads: 0 };
      expect(part).toMatchObject({ wrong: [], leftFiles: [], ...left });
    }
    expect(end).toEqual({ leftHandles: [] });
    const sum = (count: (part: SoakPart) => number) => parts.reduce((total, part) => total + count(part), 0);
    expect(sum(({ right, cancelled }) => right + cancelled)).toBe(COUNT);
    // There was some of both.
    expect(sum(({ right }) => right)).toBeGreaterThan(COUNT / 4);
    expect(sum(({ cancelled }) => cancelled)).toBeGreaterThan(COUNT / 10);
    // All has been in use when the second part is over.
    const [, second, , last] = parts;
    console.log(
      parts.map(({ heap, resident }) => `${(heap / 1e6).toFixed(1)}/${(resident / 1e6).toFixed(0)} MB`).join(", "),
    );
    expect(last!.heap - second!.heap).toBeLessThan(HEAP_SLACK);
    expect(last!.resident - second!.resident).toBeLessThan(RESIDENT_SLACK);
  } finally {
    await registry.close();
  }
});

async function playSoak(
  registry: Pick<SoakTask, "host" | "images">,
): Promise<{ exitCode: number | null; lines: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "dockpin-soak-"));
  try {
    const sources = join(import.meta.dirname, "..", "..", "server", "src", "prefetch", "threads");
    const common = { bundle: true, platform: "node", outdir: folder } as const;
    await build({
      ...common,
      entryPoints: { play: join(import.meta.dirname, "soak", "play.ts") },
      format: "esm",
      outExtension: { ".js": ".mjs" },
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    });
    await build({ ...common, entryPoints: { threads: join(sources, "main.ts") }, format: "cjs" });
    const threads = join(folder, "threads.js");
    const task: SoakTask = { seed, count: COUNT, parts: PARTS, atOnce: AT_ONCE, path: PATH, threads, ...registry };
    const args = ["--expose-gc", join(folder, "play.mjs"), JSON.stringify(task)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const [printed, exitCode] = await Promise.all([text(child.stdout), exited]);
    return { exitCode, lines: printed.trimEnd().split("\n") };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Images of a few layers, some on common bases, some of which are not what their configs or gzip trailers say. */
async function soakImages(content: RegistryContent, below: RandomBelow): Promise<SoakImage[]> {
  const bases = Array.from({ length: BASES }, () => Array.from({ length: 2 }, () => randomLayer(below)));
  const digests = Array.from({ length: IMAGES }, (_, index) => {
    const base = index % 4 === 0 ? [] : (bases[below(BASES)] ?? []);
    const layers = [...base, ...Array.from({ length: 1 + below(3) }, () => randomLayer(below))];
    const config = configFor("linux/amd64", below(3) === 0 ? [] : layers.map((layer) => layer.unpacked));
    const format = below(2) === 0 ? "oci" : "docker";
    return addImage(repositoryOf(content, PATH), { format, layers, config });
  });
  const images: SoakImage[] = [];
  for (const digest of digests) images.push({ digest, archiveDigest: await hashAlone(content, digest) });
  return images;
}

function randomLayer(below: RandomBelow): StoredLayer & { readonly unpacked: Uint8Array } {
  const unpacked = content(below);
  const kind = below(10);
  if (kind === 0) return { ...plainLayer(unpacked), unpacked };
  if (kind < 4) return { blob: gzipMembers(unpacked, 2 + below(3)), type: "gzip", unpacked };
  return { ...gzipLayer(unpacked), unpacked };
}

const pool = realisticContent(1, 8_000_000);

function content(below: RandomBelow): Uint8Array {
  const size = 1 + below(LARGEST_LAYER);
  const from = below(pool.length - size);
  return pool.subarray(from, from + size);
}

/** By itself, in one thread, without a network. */
async function hashAlone(content: RegistryContent, reference: Digest): Promise<Digest> {
  const folder = await mkdtemp(join(tmpdir(), "dockpin-soak-"));
  try {
    const image = await prefetchImage(
      {
        target: { repository: { registry: "registry.test", path: PATH }, tlsVerify: true },
        reference,
        platform: PLATFORM,
        finalImageName: FINAL_NAME,
        finalImageTag: FINAL_TAG,
      },
      {
        engine: engineInProcess(),
        registry: memoryRegistryClient(content, { chunkSize: 65536 }),
        log: silentLog,
        temporaryFolder: folder,
      },
    );
    return image.archiveDigest;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
