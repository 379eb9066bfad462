import { setMaxListeners } from "node:events";
import type { LookupFunction } from "node:net";
import { type Clock, systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { downloadBlob } from "./blobs.ts";
import type { Certificates } from "./certificates.ts";
import type { RegistryClient, RegistryTarget, RequestOptions } from "./client.ts";
import { anonymous, type CredentialLookup } from "./credentials.ts";
import { type EndpointMap, endpointOf } from "./endpoint.ts";
import { fetchManifest, resolveManifest } from "./manifests.ts";
import type { ProxySelection } from "./proxy.ts";
import { createRedactor, type Redactor } from "./redact.ts";
import { createRetries } from "./retry.ts";
import { openSession, type Session, type SessionContext } from "./session.ts";
import { createSharedWork } from "./shared-work.ts";
import { listTags } from "./tags.ts";
import { createTokens } from "./tokens.ts";
import { createTransport, defaultTimeouts, type Timeouts } from "./transport.ts";

export interface RegistryClientOptions {
  readonly log: Log;
  /** Of dockpin, for the `User-Agent`. */
  readonly version?: string;
  /** The system's when absent. */
  readonly clock?: Clock;
  /** In [0, 1), for jitter; `Math.random` when absent. */
  readonly random?: () => number;
  /** Nobody is signed in when absent. */
  readonly credentials?: CredentialLookup;
  /** Where registries are reached instead, by user-visible host, such as a pull-through cache. */
  readonly endpoints?: EndpointMap;
  readonly timeouts?: Partial<Timeouts>;
  /** Which proxies are used; none when absent. */
  readonly proxies?: ProxySelection;
  /** PEM; trusted for every host, beside those that Node brings. */
  readonly certificateAuthorities?: readonly string[];
  /** What else TLS goes by, host by host. */
  readonly certificates?: Certificates;
  /** Finds the addresses of host names; the system's resolver when absent. */
  readonly lookup?: LookupFunction;
}

/** A client for the distribution API, over one pool of connections. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { clock = systemClock, random = Math.random, certificateAuthorities, certificates, proxies, lookup } = options;
  const closing = new AbortController();
  // Every request listens to it while it is under way.
  setMaxListeners(0, closing.signal);
  const redactor = createRedactor();
  const transport = createTransport({
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    userAgent: options.version === undefined ? "dockpin" : `dockpin/${options.version}`,
    ...(proxies && { proxies: withProtectedSecrets(proxies, redactor) }),
    ...(certificateAuthorities && { certificateAuthorities }),
    ...(certificates && { certificates }),
    ...(lookup && { lookup }),
  });
  const retries = createRetries(clock, random);
  const context: SessionContext = {
    transport,
    retries,
    clock,
    redactor,
    log: redactedLog(options.log, redactor),
    credentials: options.credentials ?? anonymous,
    tokens: createTokens({ transport, retries, clock, redactor }),
  };
  const sessions = createSessions(options.endpoints ?? new Map(), context);

  const untilClosed = (requestOptions: RequestOptions = {}): RequestOptions => {
    const { signal } = requestOptions;
    return { ...requestOptions, signal: signal ? AbortSignal.any([signal, closing.signal]) : closing.signal };
  };

  return {
    async resolve(target, reference, requestOptions) {
      const bounded = untilClosed(requestOptions);
      const session = await sessions.open(target, bounded);
      return resolveManifest(session, context, target.repository, reference, bounded);
    },
    async manifest(target, reference, requestOptions) {
      const bounded = untilClosed(requestOptions);
      const session = await sessions.open(target, bounded);
      return fetchManifest(session, context, target.repository, reference, bounded);
    },
    async *blob(target, descriptor, requestOptions) {
      const bounded = untilClosed(requestOptions);
      const session = await sessions.open(target, bounded);
      yield* downloadBlob(session, context, target.repository, descriptor, bounded);
    },
    async *tags(target, limit, requestOptions) {
      const bounded = untilClosed(requestOptions);
      const session = await sessions.open(target, bounded);
      yield* listTags(session, context, target.repository, limit, bounded);
    },
    async close() {
      closing.abort();
      await transport.close();
    },
  };
}

/** One session per registry and TLS setting, opened when first needed and again after a failure. */
function createSessions(endpoints: EndpointMap, context: SessionContext) {
  const sessions = new Map<string, Session>();
  const openings = createSharedWork<Session>();
  return {
    async open(target: RegistryTarget, options: RequestOptions): Promise<Session> {
      const key = `${target.tlsVerify} ${target.repository.registry}`;
      const known = sessions.get(key);
      if (known !== undefined) return known;
      return openings.join(key, options, async (shared) => {
        const session = await openSession(endpointOf(target, endpoints), context, shared);
        sessions.set(key, session);
        return session;
      });
    },
  };
}

function withProtectedSecrets(proxies: ProxySelection, redactor: Redactor): ProxySelection {
  return (url) => {
    const proxy = proxies(url);
    for (const secret of proxy?.secrets ?? []) redactor.protect(secret);
    return proxy;
  };
}

function redactedLog(log: Log, redactor: Redactor): Log {
  return {
    debug: (message) => log.debug(redactor.redact(message)),
    info: (message) => log.info(redactor.redact(message)),
    warn: (message) => log.warn(redactor.redact(message)),
  };
}
