// Prefetches images through a connection that fails at random, in a process of its own: `node play.cjs SEED COUNT`. Prints a
// report in JSON as its last line and ends by itself when nothing is left open.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { mapConcurrently } from "../../../server/src/base/concurrency.ts";
import { CodedError } from "../../../server/src/base/errors.ts";
import type { Log } from "../../../server/src/base/log.ts";
import type { Digest } from "../../../server/src/oci/digest.ts";
import { type PrefetchOptions, prefetchImage } from "../../../server/src/prefetch/prefetch.ts";
import { createRegistryClient } from "../../../server/src/registry/create-client.ts";
import type { RegistriesSettings } from "../../../server/src/registry/registries-settings.ts";
import { noRules } from "../../../server/src/registry/registry-rules.ts";
import { addImage, addIndex, configFor, gzipLayer, plainLayer } from "../../support/images/image.ts";
import { type RandomBelow, randomBytes, seededRandom } from "../../support/images/random.ts";
import { memoryRegistryClient } from "../../support/memory-registry-client.ts";
import { engineInProcess } from "../../support/prefetch-engine.ts";
import { createTokenService } from "../../support/registry/authorization.ts";
import { createTestClock } from "../../support/registry/client-harness.ts";
import { type RegistryContent, repositoryOf } from "../../support/registry/content.ts";
import { startRegistry } from "../../support/registry/server.ts";
import { CREDENTIALS } from "../rows/row.ts";
import { PATH } from "../sample.ts";
import { ACCOUNT, secretsOfRequests, TOKEN_NAME } from "../secrets.ts";
import { startChaosProxy } from "./chaos-proxy.ts";
import type { ChaosReport } from "./report.ts";

const IMAGES = 20;
const AT_ONCE = 12;
/** Milliseconds; real ones, for stalled connections. */
const TIMEOUTS = { connect: 2000, headers: 500, idleBody: 500 };

const [seed = Number.NaN, count = Number.NaN] = process.argv.slice(2).map(Number);
interface Place {
  readonly host: string;
  readonly temporaryFolder: string;
}

async function play(): Promise<void> {
  const below = seededRandom(seed);
  const content: RegistryContent = new Map();
  const digests = Array.from({ length: IMAGES }, (_, index) => randomImage(content, below, index));
  const temporaryFolder = await mkdtemp(join(tmpdir(), "dockpin-chaos-"));
  const right = new Map<Digest, Digest>();
  for (const digest of digests)
    right.set(digest, await hashOf(digest, memoryRegistryClient(content), { host: "registry.test", temporaryFolder }));

  const authorization = {
    scheme: "bearer",
    tokens: createTokenService({ account: ACCOUNT, tokenName: TOKEN_NAME }),
    // Through the chaos as well.
    realm: "/token",
    challenges: ['Bearer realm="/token",service="chaos"'],
  } as const;
  const registry = await startRegistry(content, { authorization });
  const proxy = await startChaosProxy(Number(registry.host.split(":")[1]), below);
  const outcomes = new Map<string, number>();
  const wrong: string[] = [];
  const numbers = Array.from({ length: count }, (_, number) => number);
  await mapConcurrently(numbers, AT_ONCE, async (number) => {
    const digest = digests[below(IMAGES)] as Digest;
    const clock = createTestClock();
    const host = `127.0.0.1:${proxy.port}`;
    // Some try https first, which the registry does not speak.
    const settings: RegistriesSettings = number % 4 === 0 ? {} : { [host]: { endpoint: `http://${host}` } };
    const client = createRegistryClient({
      rules: Promise.resolve({ ...noRules, settings }),
      log: printingLog,
      clock,
      random: () => below(1000) / 1000,
      timeouts: TIMEOUTS,
      credentials: async () => ({ credentials: CREDENTIALS.password, source: "a test" }),
    });
    let outcome = "right";
    try {
      const hash = await hashOf(digest, client, { host, temporaryFolder });
      if (hash !== right.get(digest)) wrong.push(`prefetch ${number}: another hash`);
    } catch (error) {
      for (const line of inspect(error, { depth: 5 }).split("\n")) console.log(line);
      if (error instanceof CodedError) outcome = error.code;
      else wrong.push(`prefetch ${number}: ${inspect(error)}`);
    } finally {
      await client.close();
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  });

  const leftFiles = await readdir(temporaryFolder);
  await rm(temporaryFolder, { recursive: true });
  await proxy.close();
  await registry.close();
  // Comes only when nothing keeps the process alive any more.
  process.once("beforeExit", () => {
    const report: ChaosReport = {
      outcomes: Object.fromEntries(outcomes),
      suffered: Object.fromEntries(proxy.suffered),
      wrong,
      leftFiles,
      leftHandles: process.getActiveResourcesInfo().filter((kind) => /TCP|TLS|FSReq|Process/.test(kind)),
      secretsReceived: secretsOfRequests(registry.requests),
    };
    console.log(JSON.stringify(report));
  });
}

async function hashOf(
  reference: Digest,
  from: PrefetchOptions["registry"],
  { host, temporaryFolder }: Place,
): Promise<Digest> {
  const image = await prefetchImage(
    {
      target: { repository: { registry: host, path: PATH }, tlsVerify: false },
      reference,
      platform: { os: "linux", architecture: "amd64" },
      finalImageName: "registry.test/team/app",
      finalImageTag: "1.0",
    },
    {
      // What was hashed for one is not to spare the others their downloads.
      engine: engineInProcess(),
      registry: from,
      log: printingLog,
      temporaryFolder,
      onProgress: ({ waiting }) => {
        if (waiting !== null) console.log(waiting);
      },
    },
  );
  return image.archiveDigest;
}

/** A small image of one to four layers, stored in an index now and then. */
function randomImage(content: RegistryContent, below: RandomBelow, index: number): Digest {
  const repository = repositoryOf(content, PATH);
  const layers = Array.from({ length: 1 + below(4) }, (_, layer) =>
    randomBytes(1 + index * 10 + layer, 1 + below(100_000)),
  );
  const image = addImage(repository, {
    format: below(2) === 0 ? "oci" : "docker",
    layers: layers.map((layer) => (below(2) === 0 ? gzipLayer(layer) : plainLayer(layer))),
    config: configFor("linux/amd64", layers),
  });
  if (below(2) === 0) return image;
  return addIndex(repository, { format: "oci", entries: [{ manifest: image, platform: "linux/amd64" }] });
}

const print = (message: string) => console.log(message);
const printingLog: Log = { debug: print, info: print, warn: print };

await play();
