// Prefetches small images through real threads and cancels some of them at random, in a process of its own:
// `node --expose-gc play.mjs TASK`. Prints a report in JSON after each part, and one as its last line, and ends by itself when
// nothing is left open.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn, setTimeout } from "node:timers/promises";
import { inspect } from "node:util";
import { noCache } from "../../../server/src/base/cache-store.ts";
import { mapConcurrently } from "../../../server/src/base/concurrency.ts";
import { silentLog } from "../../../server/src/base/log.ts";
import { createPrefetchEngine } from "../../../server/src/prefetch/engine.ts";
import { prefetchImage } from "../../../server/src/prefetch/prefetch.ts";
import type { ObservableThreads, ThreadsInUse } from "../../../server/src/prefetch/threads/create-threads.ts";
import { startThreads } from "../../../server/src/prefetch/threads/start-threads.ts";
import { createRegistryClient } from "../../../server/src/registry/create-client.ts";
import { noRules } from "../../../server/src/registry/registry-rules.ts";
import { seededRandom } from "../../support/images/random.ts";
import { createTestClock } from "../../support/registry/client-harness.ts";
import { FINAL_NAME, FINAL_TAG, PLATFORM } from "./final-name.ts";
import type { SoakEnd, SoakImage, SoakPart, SoakTask } from "./report.ts";

/** So small that some downloads go to the disk, or wait. */
const DOWNLOAD_MEMORY = 1_000_000;
/** News of its progress that a prefetch has at most. */
const LONGEST_LIFE = 24;
/** Milliseconds after which what is in use is left behind, on however busy a machine. */
const LONGEST_ENDING = 20_000;

const task = JSON.parse(process.argv[2] ?? "") as SoakTask;

async function play(): Promise<void> {
  const below = seededRandom(task.seed);
  const temporaryFolder = await mkdtemp(join(tmpdir(), "dockpin-soak-"));
  const threads = startThreads({ file: task.threads, inflaters: 2, log: silentLog });
  const engine = createPrefetchEngine({ threads, downloadMemory: DOWNLOAD_MEMORY, cache: noCache });
  const client = createRegistryClient({
    rules: Promise.resolve({ ...noRules, settings: { [task.host]: { endpoint: `http://${task.host}` } } }),
    log: silentLog,
    clock: createTestClock(),
    random: () => below(1000) / 1000,
  });

  const hashOf = async ({ digest }: SoakImage, life: number) => {
    const cancel = new AbortController();
    let news = 0;
    const onProgress = () => {
      if (++news === life) cancel.abort(CANCELLED);
    };
    if (life === 0) void nextTurn().then(() => cancel.abort(CANCELLED));
    const image = await prefetchImage(
      {
        target: { repository: { registry: task.host, path: task.path }, tlsVerify: false },
        reference: digest,
        platform: PLATFORM,
        finalImageName: FINAL_NAME,
        finalImageTag: FINAL_TAG,
      },
      { engine, registry: client, log: silentLog, temporaryFolder, signal: cancel.signal, onProgress },
    );
    return image.archiveDigest;
  };

  for (let part = 0; part < task.parts; part++) {
    let [right, cancelled] = [0, 0];
    const wrong: string[] = [];
    const numbers = Array.from({ length: task.count / task.parts }, (_, number) => number);
    await mapConcurrently(numbers, task.atOnce, async () => {
      const image = task.images[below(task.images.length)] as SoakImage;
      const life = below(3) === 0 ? Number.POSITIVE_INFINITY : below(LONGEST_LIFE);
      try {
        const digest = await hashOf(image, life);
        if (digest === image.archiveDigest) right++;
        else wrong.push(`${image.digest}: another hash`);
      } catch (error) {
        if (error === CANCELLED) cancelled++;
        else wrong.push(`${image.digest}: ${inspect(error)}`);
      }
    });
    const { channels, calls } = await settledUse(threads);
    const leftFiles = await readdir(temporaryFolder);
    const memory = await settledMemory();
    const report: SoakPart = {
      ...{ right, cancelled, wrong, leftFiles },
      openChannels: channels,
      openCalls: calls,
      heldDownloads: engine.downloads.held,
      heap: memory.heapUsed + memory.external,
      resident: memory.rss,
    };
    console.log(JSON.stringify(report));
  }

  await Promise.all([client.close(), engine.close()]);
  await rm(temporaryFolder, { recursive: true });
  // Comes only when nothing keeps the process alive any more.
  process.once("beforeExit", () => {
    const report: SoakEnd = {
      leftHandles: process.getActiveResourcesInfo().filter((kind) => !/^(TTY|Pipe)/.test(kind)),
    };
    console.log(JSON.stringify(report));
  });
}

const CANCELLED = new Error("cancelled by the soak");

/** What stays in use although nobody waits for it: threads hear of a cancellation a moment later. */
async function settledUse(threads: ObservableThreads): Promise<ThreadsInUse> {
  const deadline = performance.now() + LONGEST_ENDING;
  for (;;) {
    const inUse = threads.inUse();
    if ((inUse.channels === 0 && inUse.calls === 0) || performance.now() > deadline) return inUse;
    await setTimeout(5);
  }
}

/** After what nobody needs any more was collected, in several turns: some of it is freed by what frees other things. */
async function settledMemory(): Promise<NodeJS.MemoryUsage> {
  for (let turn = 0; turn < 5; turn++) {
    global.gc?.();
    await nextTurn();
  }
  return process.memoryUsage();
}

await play();
