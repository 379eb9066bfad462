import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import type { Log } from "../../server/src/base/log.ts";
import type { Digest } from "../../server/src/oci/digest.ts";
import type { Tag } from "../../server/src/oci/reference.ts";
import { type PrefetchOptions, type PrefetchRequest, prefetchImage } from "../../server/src/prefetch/prefetch.ts";
import type { RegistryClient } from "../../server/src/registry/client.ts";
import { createRegistryClient, type RegistryClientOptions } from "../../server/src/registry/create-client.ts";
import { createCredentialLookup } from "../../server/src/registry/credential-lookup.ts";
import { selectProxies } from "../../server/src/registry/proxy.ts";
import { readRegistriesConf } from "../../server/src/registry/registries-conf-files.ts";
import { memoryRegistryClient } from "../support/memory-registry-client.ts";
import { engineInProcess } from "../support/prefetch-engine.ts";
import { createTestClock } from "../support/registry/client-harness.ts";
import { type RegistryContent, repositoryOf } from "../support/registry/content.ts";
import { describedMachine } from "../support/registry/machine.ts";
import type { TestRegistry } from "../support/registry/server.ts";
import { CREDENTIALS, LISTENERS, type Listener, type Row } from "./rows/row.ts";
import { PATH, sampleImage, TAG } from "./sample.ts";
import { type Secret, secretsOfRequests } from "./secrets.ts";
import { AUTHORITIES, type Stage, setStage, toLoopback } from "./stage.ts";

/** Why a row's user cancels. */
export const CANCELLED = new Error("the user has cancelled");

/** What came of a row. */
export interface Observation {
  /** Hash, digest or tags; null when it failed. */
  readonly result: string | null;
  readonly error: unknown;
  /** As `Row.requests`. */
  readonly requests: Readonly<Record<Listener | "proxy", string>>;
  readonly waits: readonly number[];
  readonly warnings: string;
  /** Everything that was logged or could be shown. */
  readonly printed: readonly string[];
  /** By listener, the secrets that it was sent. */
  readonly received: Readonly<Record<Listener, readonly Secret[]>>;
  /** Files in the temporary folder, and open ones, after all is closed. */
  readonly leftovers: readonly string[];
}

/** Plays a row: starts its listeners, lets a real client do what the row says, and closes everything. */
export async function playRow(row: Row): Promise<Observation> {
  const clock = createTestClock();
  const cancel = new AbortController();
  const passedOn = { bytes: 0 };
  const stage = await setStage(row, {
    clock,
    bytesPassedOn: () => passedOn.bytes,
    cancel: () => cancel.abort(CANCELLED),
  });
  const temporaryFolder = await mkdtemp(join(tmpdir(), "dockpin-fault-"));
  const printed: string[] = [];
  const warnings: string[] = [];
  const log = recordingLog(printed, warnings);
  const client = createRegistryClient({
    log,
    clock,
    random: () => 0.5,
    version: "1.2.3",
    certificateAuthorities: AUTHORITIES,
    lookup: toLoopback,
    onNotice: (notice) => printed.push(JSON.stringify(notice)),
    ...machineOptions(row, stage, log),
    ...(row.timeouts && { timeouts: row.timeouts }),
  });
  const engine = engineInProcess();
  let result: string | null = null;
  let error: unknown = null;
  try {
    const outcome = await doWhatRowSays(row, stage.digest, row.host ?? stage.listeners.registry.host, {
      engine,
      registry: counting(client, passedOn),
      log,
      temporaryFolder,
      signal: cancel.signal,
      onProgress: (progress) => {
        printed.push(JSON.stringify(progress));
        if (progress.waiting !== null && row.cancelledAt === "wait") cancel.abort(CANCELLED);
      },
    });
    result = outcome.result;
    warnings.push(...outcome.warnings);
    printed.push(JSON.stringify(outcome));
  } catch (thrown) {
    error = thrown;
    printed.push(...inspect(thrown, { depth: 6 }).split("\n"));
  } finally {
    await Promise.all([client.close(), engine.close()]);
  }
  const leftovers = [...(await readdir(temporaryFolder)), ...(await filesOpenIn(temporaryFolder))];
  // Waits for all connections to end.
  await stage.close();
  await rm(temporaryFolder, { recursive: true, force: true });
  const byListener = <T>(read: (registry: TestRegistry) => T) =>
    Object.fromEntries(LISTENERS.map((name) => [name, read(stage.listeners[name])])) as Record<Listener, T>;
  return {
    result,
    error,
    requests: {
      ...byListener(({ requests }) => stage.names.describe(requests, row.anyOrder ?? false)),
      proxy: (stage.proxy?.requests ?? []).map((request) => request.replace(/:\d+/, "")).join(", "),
    },
    waits: clock.slept,
    warnings: warnings.join("\n"),
    printed: [...printed, ...warnings],
    received: byListener(({ requests }) => secretsOfRequests(requests)),
    leftovers,
  };
}

/** What depends on the user's machine. */
function machineOptions(row: Row, stage: Stage, log: Log): Partial<RegistryClientOptions> {
  const credentials = row.credentials === undefined ? null : CREDENTIALS[row.credentials];
  const environment = stage.fill({ ...row.environment, ...row.machine?.environment });
  const files = {
    ...row.machine?.files,
    ...(row.registriesConf !== undefined && { "/etc/containers/registries.conf": row.registriesConf }),
  };
  const machine = {
    ...describedMachine({ environment, files: stage.fill(files), programs: row.machine?.programs ?? {} }),
    log,
  };
  return {
    rules: readRegistriesConf(machine).then((conf) => ({ settings: stage.fill(row.settings ?? {}), conf })),
    proxies: selectProxies(environment),
    credentials:
      row.machine === undefined
        ? async () => ({ credentials, source: credentials === null ? "none were found" : "the test's file" })
        : createCredentialLookup(machine),
  };
}

/** The result without any fault, from a registry in memory. */
export async function rightResult(row: Row): Promise<string> {
  if (row.does === "tags") return (row.tags ?? [TAG]).join(" ");
  const content: RegistryContent = new Map();
  const image = row.isOwnRight === true ? (row.image ?? sampleImage) : sampleImage;
  const digest = image(repositoryOf(content, PATH), (text) => text);
  const temporaryFolder = await mkdtemp(join(tmpdir(), "dockpin-fault-"));
  try {
    const registry = memoryRegistryClient(content);
    const options = { engine: engineInProcess(), registry, log: recordingLog([], []), temporaryFolder };
    return (await doWhatRowSays(row, digest, "registry.test", options)).result;
  } finally {
    await rm(temporaryFolder, { recursive: true, force: true });
  }
}

interface Outcome {
  readonly result: string;
  readonly warnings: readonly string[];
}

async function doWhatRowSays(row: Row, digest: Digest, host: string, options: PrefetchOptions): Promise<Outcome> {
  const { registry } = options;
  const { does = "prefetch" } = row;
  const target = { repository: { registry: host, path: PATH }, tlsVerify: row.tlsVerify ?? row.isPlain !== true };
  const reference = does.endsWith("by digest") ? digest : (TAG as Tag);
  const requestOptions = { ...(options.signal && { signal: options.signal }) };
  if (does === "tags") {
    const tags: string[] = [];
    for await (const page of registry.tags(target, 2000, requestOptions)) tags.push(...page);
    return { result: tags.join(" "), warnings: [] };
  }
  if (does.startsWith("resolve")) {
    return { result: (await registry.resolve(target, reference, requestOptions)).digest, warnings: [] };
  }
  const request: PrefetchRequest = {
    target,
    reference,
    platform: { os: "linux", architecture: "amd64" },
    finalImageName: "registry.test/team/app",
    finalImageTag: TAG,
  };
  const image = await prefetchImage(request, options);
  return { result: image.archiveDigest, warnings: image.warnings };
}

/** Counts the bytes of blobs that have reached the client's user. */
function counting(client: RegistryClient, passedOn: { bytes: number }): RegistryClient {
  return {
    ...client,
    async *blob(...request) {
      for await (const chunk of client.blob(...request)) {
        passedOn.bytes += chunk.length;
        yield chunk;
      }
    },
  };
}

function recordingLog(printed: string[], warnings: string[]): Log {
  const record = (message: string) => void printed.push(message);
  return { debug: record, info: record, warn: (message) => void warnings.push(message) };
}

/** Files below a folder that this process has open, where the system tells. */
async function filesOpenIn(folder: string): Promise<string[]> {
  if (process.platform !== "linux") return [];
  const open = await readdir("/proc/self/fd");
  const targets = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
  return targets.filter((target) => target.startsWith(folder));
}
