import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import type { LookupFunction } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import type { Log } from "../../server/src/base/log.ts";
import type { Digest } from "../../server/src/oci/digest.ts";
import type { Tag } from "../../server/src/oci/reference.ts";
import { type PrefetchOptions, type PrefetchRequest, prefetchImage } from "../../server/src/prefetch/prefetch.ts";
import type { RegistryClient } from "../../server/src/registry/client.ts";
import { createRegistryClient } from "../../server/src/registry/create-client.ts";
import { createCertificate } from "../support/certificate.ts";
import { memoryRegistryClient } from "../support/memory-registry-client.ts";
import { type Authorization, createTokenService, type TokenService } from "../support/registry/authorization.ts";
import { createTestClock, type TestClock, until } from "../support/registry/client-harness.ts";
import { type RegistryContent, repositoryOf } from "../support/registry/content.ts";
import type { FaultRow } from "../support/registry/faults.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { createNames, type RequestNames } from "./request-names.ts";
import { CREDENTIALS, LISTENERS, type Listener, type Row } from "./rows/row.ts";
import { PATH, sampleImage, TAG } from "./sample.ts";
import { ACCOUNT, IDENTITY_TOKEN, type Secret, SIGNATURE, secretsOfRequests, TOKEN_NAME } from "./secrets.ts";

const HOST_NAMES: Readonly<Record<Listener, string>> = {
  registry: "registry.test",
  cdn: "cdn.test",
  auth: "auth.registry.test",
  other: "other.example",
};
const DAY = 24 * 60 * 60 * 1000;
const CERTIFICATES = {
  good: createCertificate({ hosts: Object.values(HOST_NAMES) }),
  expired: createCertificate({
    hosts: Object.values(HOST_NAMES),
    notBefore: new Date(Date.now() - 2 * DAY),
    notAfter: new Date(Date.now() - DAY),
  }),
  "of an unknown authority": createCertificate({ hosts: Object.values(HOST_NAMES) }),
  "for another host": createCertificate({ hosts: ["elsewhere.example"] }),
};
/** All but the one that nobody knows. */
const AUTHORITIES = [CERTIFICATES.good.cert, CERTIFICATES.expired.cert, CERTIFICATES["for another host"].cert];

/** Why a row's user cancels. */
export const CANCELLED = new Error("the user has cancelled");

/** What came of a row. */
export interface Observation {
  /** Hash, digest or tags; null when it failed. */
  readonly result: string | null;
  readonly error: unknown;
  /** As `Row.requests`. */
  readonly requests: Readonly<Record<Listener, string>>;
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
  const content: RegistryContent = new Map();
  const digest = (row.image ?? sampleImage)(repositoryOf(content, PATH));
  const clock = createTestClock();
  const temporaryFolder = await mkdtemp(join(tmpdir(), "dockpin-fault-"));
  const passedOn = { bytes: 0 };
  const cancel = new AbortController();
  const stage = await startListeners(row, content, clock, passedOn, cancel);
  const printed: string[] = [];
  const warnings: string[] = [];
  const log = recordingLog(printed, warnings);
  const credentials = row.credentials === undefined ? null : CREDENTIALS[row.credentials];
  const client = createRegistryClient({
    log,
    clock,
    random: () => 0.5,
    version: "1.2.3",
    credentials: async () => ({ credentials, source: credentials === null ? "none were found" : "the test's file" }),
    certificateAuthorities: AUTHORITIES,
    lookup: toLoopback,
    ...(row.timeouts && { timeouts: row.timeouts }),
  });
  let result: string | null = null;
  let error: unknown = null;
  try {
    const registry = counting(client, passedOn);
    const outcome = await doWhatRowSays(row, digest, row.host ?? stage.listeners.registry.host, {
      registry,
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
    await client.close();
  }
  const openFiles = await filesOpenIn(temporaryFolder);
  const leftovers = [...(await readdir(temporaryFolder)), ...openFiles];
  for (const listener of Object.values(stage.listeners))
    await until(async () => (await listener.openConnections()) === 0);
  await stage.close();
  await rm(temporaryFolder, { recursive: true, force: true });
  const byListener = <T>(read: (registry: TestRegistry) => T) =>
    Object.fromEntries(LISTENERS.map((name) => [name, read(stage.listeners[name])])) as Record<Listener, T>;
  return {
    result,
    error,
    requests: byListener(({ requests }) => stage.names.describe(requests, row.anyOrder ?? false)),
    waits: clock.slept,
    warnings: warnings.join("\n"),
    printed: [...printed, ...warnings],
    received: byListener(({ requests }) => secretsOfRequests(requests)),
    leftovers,
  };
}

/** The result without any fault, from a registry in memory. */
export async function rightResult(row: Row): Promise<string> {
  const content: RegistryContent = new Map();
  const image = row.isOwnRight === true ? (row.image ?? sampleImage) : sampleImage;
  const digest = image(repositoryOf(content, PATH));
  if (row.does === "tags") return (row.tags ?? [TAG]).join(" ");
  const temporaryFolder = await mkdtemp(join(tmpdir(), "dockpin-fault-"));
  try {
    const registry = memoryRegistryClient(content);
    const options = { registry, log: recordingLog([], []), temporaryFolder };
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
    const pages: string[] = [];
    for await (const page of registry.tags(target, 2000, requestOptions)) pages.push(...page);
    return { result: pages.join(" "), warnings: [] };
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

interface Stage {
  readonly listeners: Readonly<Record<Listener, TestRegistry>>;
  readonly names: RequestNames;
  close(): Promise<void>;
}

async function startListeners(
  row: Row,
  content: RegistryContent,
  clock: TestClock,
  passedOn: { readonly bytes: number },
  cancel: AbortController,
): Promise<Stage> {
  const names = createNames(content, row);
  const tokens = tokensOf(row, clock);
  const passes = new Map(Object.entries(row.passes ?? {}));
  const faults = Object.fromEntries(LISTENERS.map((name) => [name, [] as FaultRow[]])) as Record<Listener, FaultRow[]>;
  const origins = new Map<string, string>(names.paths);
  origins.set("canary", SIGNATURE);
  const fill = (text: string) => text.replace(/\{([\w@]+)\}/g, (hole, name: string) => origins.get(name) ?? hole);
  const started: Partial<Record<Listener, TestRegistry>> = {};
  // What challenges name must be there first.
  for (const name of ["other", "auth", "cdn", "registry"] as const) {
    let sent = 0;
    const options: RegistryOptions = {
      authorization: authorizationOf(row, name, tokens, fill),
      faults: faults[name],
      gate: async ({ method, path }) => {
        const step = names.nameOf({ method, path });
        if (step === row.cancelledAt) cancel.abort(CANCELLED);
        clock.advance(passes.get(step) ?? 0);
        passes.delete(step);
        sent = passedOn.bytes;
      },
      // So that what was sent has arrived: a client may drop what it has not read when a connection ends.
      beforeBreak: async () => {
        for (let turn = 0; turn < 50 && passedOn.bytes === sent; turn += 1) await new Promise(setImmediate);
        clock.advance(row.breakTakes ?? 0);
      },
      ...(row.isPlain !== true && { hostName: HOST_NAMES[name] }),
      ...(speaksTls(row, name) && {
        tls: CERTIFICATES[name === "registry" ? (row.certificate ?? "good") : "good"],
      }),
    };
    const listener = await startRegistry(name === "auth" ? new Map() : content, options);
    started[name] = listener;
    origins.set(name, listener.origin);
  }
  const listeners = started as Record<Listener, TestRegistry>;
  for (const name of LISTENERS) {
    faults[name].push(...(row.faults?.[name] ?? []).map((fault) => filled(fault, fill)));
  }
  return {
    listeners,
    names,
    close: async () => {
      await Promise.all(Object.values(listeners).map((listener) => listener.close()));
    },
  };
}

function speaksTls(row: Row, name: Listener): boolean {
  return row.isPlain !== true && !(name === "registry" && row.speaksHttp === true);
}

function tokensOf(row: Row, clock: TestClock): TokenService {
  return createTokenService({
    tokenName: TOKEN_NAME,
    now: clock.now,
    identityToken: IDENTITY_TOKEN,
    ...(row.authorization === "bearer" && { account: ACCOUNT }),
    ...(row.tokenLifetime !== undefined && { expiresIn: row.tokenLifetime }),
    ...(row.tokenField && { field: row.tokenField }),
  });
}

function authorizationOf(
  row: Row,
  name: Listener,
  tokens: TokenService,
  fill: (text: string) => string,
): Authorization {
  if (name === row.guarded) return { scheme: "bearer", tokens: createTokenService({ tokenName: "guest" }) };
  if (name === "auth" || name === row.alsoIssuesTokens) return { scheme: "bearer", tokens };
  if (name !== "registry" || row.authorization === undefined) return { scheme: "none" };
  const challenges = row.challenges && { challenges: row.challenges.map(fill) };
  return row.authorization === "basic"
    ? { scheme: "basic", account: ACCOUNT, ...challenges }
    : { scheme: "bearer", tokens, realm: fill("{auth}/token"), ...challenges };
}

/** Fills in what is only known when the listeners run. */
function filled(row: FaultRow, fill: (text: string) => string): FaultRow {
  const deep = (value: unknown): unknown => {
    if (typeof value === "string") return fill(value);
    if (Array.isArray(value)) return value.map(deep);
    const isPlainObject =
      typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    if (!isPlainObject) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, deep(member)]));
  };
  return deep(row) as FaultRow;
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

const toLoopback: LookupFunction = (hostname, options, callback) => {
  const isOurs = Object.values(HOST_NAMES).includes(hostname);
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" });
  process.nextTick(() => {
    if (!isOurs) callback(error, "", 0);
    else if (options.all === true) callback(null, [{ address: "127.0.0.1", family: 4 }]);
    else callback(null, "127.0.0.1", 4);
  });
};

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
