import type { LookupFunction } from "node:net";
import type { Digest } from "../../server/src/oci/digest.ts";
import { basicValue } from "../../server/src/registry/credentials.ts";
import { createCertificate } from "../support/certificate.ts";
import { type ForwardProxy, startForwardProxy } from "../support/forward-proxy.ts";
import { type Authorization, createTokenService, type TokenService } from "../support/registry/authorization.ts";
import { type TestClock, until } from "../support/registry/client-harness.ts";
import { type RegistryContent, repositoryOf } from "../support/registry/content.ts";
import type { FaultRow } from "../support/registry/faults.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { createNames, type RequestNames } from "./request-names.ts";
import { LISTENERS, type Listener, type Row } from "./rows/row.ts";
import { PATH, sampleImage } from "./sample.ts";
import { ACCOUNT, IDENTITY_TOKEN, SIGNATURE, TOKEN_NAME } from "./secrets.ts";

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
export const AUTHORITIES = [CERTIFICATES.good.cert, CERTIFICATES.expired.cert, CERTIFICATES["for another host"].cert];

/** The names of the listeners lead to this machine, and there are no others. */
export const toLoopback: LookupFunction = (hostname, options, callback) => {
  const isOurs = Object.values(HOST_NAMES).includes(hostname);
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" });
  process.nextTick(() => {
    if (!isOurs) callback(error, "", 0);
    else if (options.all === true) callback(null, [{ address: "127.0.0.1", family: 4 }]);
    else callback(null, "127.0.0.1", 4);
  });
};

/** The hosts of a row, all on this machine. */
export interface Stage {
  readonly listeners: Readonly<Record<Listener, TestRegistry>>;
  readonly proxy: ForwardProxy | null;
  readonly names: RequestNames;
  /** Of what the tag points to. */
  readonly digest: Digest;
  /** Fills in what is only known when the listeners run. */
  fill<T>(value: T): T;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly clock: TestClock;
  /** Bytes of blobs that have reached the client's user. */
  readonly bytesPassedOn: () => number;
  readonly cancel: () => void;
}

export async function setStage(row: Row, { clock, bytesPassedOn, cancel }: StageOptions): Promise<Stage> {
  const content: RegistryContent = new Map();
  const repository = repositoryOf(content, PATH);
  const tokens = tokensOf(row, clock);
  const passes = new Map(Object.entries(row.passes ?? {}));
  const faults = Object.fromEntries(LISTENERS.map((name) => [name, [] as FaultRow[]])) as Record<Listener, FaultRow[]>;
  const texts = new Map<string, string>([
    ["canary", SIGNATURE],
    ["basic", basicValue(ACCOUNT)],
  ]);
  const fillText = (text: string) => text.replace(/\{([\w@]+)\}/g, (hole, name: string) => texts.get(name) ?? hole);
  let names: RequestNames | null = null;
  const started: Partial<Record<Listener, TestRegistry>> = {};
  // What challenges name must be there first.
  for (const name of ["other", "auth", "cdn", "registry"] as const) {
    let before = 0;
    const options: RegistryOptions = {
      authorization: authorizationOf(row, name, tokens, fillText),
      faults: faults[name],
      gate: async ({ method, path }) => {
        const step = names?.nameOf({ method, path }) ?? "";
        if (step === row.cancelledAt) cancel();
        clock.advance(passes.get(step) ?? 0);
        passes.delete(step);
        before = bytesPassedOn();
      },
      // So that what was sent has arrived: a client may drop what it has not read when a connection ends.
      beforeBreak: async () => {
        for (let turn = 0; turn < 50 && bytesPassedOn() === before; turn += 1) await new Promise(setImmediate);
        clock.advance(row.breakTakes ?? 0);
      },
      ...(row.isPlain !== true && { hostName: HOST_NAMES[name] }),
      ...(speaksTls(row, name) && {
        tls: CERTIFICATES[name === "registry" ? (row.certificate ?? "good") : "good"],
      }),
    };
    const listener = await startRegistry(name === "auth" ? new Map() : content, options);
    started[name] = listener;
    texts.set(name, listener.origin).set(`${name}Host`, listener.host);
  }
  const listeners = started as Record<Listener, TestRegistry>;
  const proxy = row.proxy === undefined ? null : await startForwardProxy({ ...row.proxy, hosts: portsOf(listeners) });
  if (proxy !== null) texts.set("proxy", new URL(proxy.url).host);
  const digest = (row.image ?? sampleImage)(repository, fillText);
  names = createNames(content, row);
  for (const [name, path] of names.paths) texts.set(name, path);
  const fill = <T>(value: T) => filledIn(value, fillText) as T;
  for (const name of LISTENERS) faults[name].push(...fill(row.faults?.[name] ?? []));
  return {
    listeners,
    proxy,
    names,
    digest,
    fill,
    async close() {
      for (const listener of Object.values(listeners)) {
        await until(async () => (await listener.openConnections()) === 0);
        await listener.close();
      }
      await proxy?.close();
    },
  };
}

/** As a proxy is asked for them. */
function portsOf(listeners: Stage["listeners"]): Record<string, number> {
  return Object.fromEntries(Object.values(listeners).map(({ host }) => [host, Number(host.split(":")[1])]));
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

/** A copy of plain data with `fill` applied to its texts. */
function filledIn(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === "string") return fill(value);
  if (Array.isArray(value)) return value.map((item: unknown) => filledIn(item, fill));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [fill(key), filledIn(member, fill)]));
}
