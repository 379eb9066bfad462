import { setMaxListeners } from "node:events";
import type { LookupFunction } from "node:net";
import { type Clock, systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { isDigest } from "../oci/digest.ts";
import { fetchBlobEnd } from "./blob-end.ts";
import { blobPlaces } from "./blob-places.ts";
import { downloadBlob } from "./blobs.ts";
import type { Certificates } from "./certificates.ts";
import type { RegistryClient, RequestOptions } from "./client.ts";
import { anonymous, type CredentialLookup } from "./credentials.ts";
import { fetchManifest, resolveManifest } from "./manifests.ts";
import { createMirrorHealth, fromMirrorsFirst } from "./mirrors.ts";
import { createNoticeBoard, type NoticeBoard } from "./notice-board.ts";
import type { RegistryNotice } from "./notices.ts";
import type { ProxySelection } from "./proxy.ts";
import { createRedactor, type Redactor } from "./redact.ts";
import { noRules, type RegistryRules, routeOf, type Source } from "./registry-rules.ts";
import { createRetries } from "./retry.ts";
import type { SessionContext } from "./session.ts";
import { createSessions } from "./sessions.ts";
import { listTags } from "./tags.ts";
import { createTokens } from "./tokens.ts";
import { createTransport, defaultTimeouts, type Timeouts, type Transport } from "./transport.ts";
import { inTurns } from "./turns.ts";

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
  /** Where registries are reached, what is blocked, their mirrors; without them each registry is where its name says. */
  readonly rules?: Promise<RegistryRules>;
  /** Told what registries let their users know. */
  readonly onNotice?: (notice: RegistryNotice) => void;
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
  const connections = createTransport({
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    userAgent: options.version === undefined ? "dockpin" : `dockpin/${options.version}`,
    ...(proxies && { proxies: withProtectedSecrets(proxies, redactor) }),
    ...(certificateAuthorities && { certificateAuthorities }),
    ...(certificates && { certificates }),
    ...(lookup && { lookup }),
  });
  const { rules = Promise.resolve(noRules), onNotice = () => {} } = options;
  const observing = observed(
    connections,
    createNoticeBoard((notice) => onNotice(redactedNotice(notice, redactor))),
  );
  const log = redactedLog(options.log, redactor);
  const createContext = (attempts?: number): SessionContext => {
    const retries = createRetries(clock, random, attempts);
    const transport = inTurns(observing, retries);
    const tokens = createTokens({ transport, retries, clock, redactor });
    return { transport, retries, clock, redactor, log, credentials: options.credentials ?? anonymous, tokens };
  };
  const context = createContext();
  // Someone else is asked instead of the mirror that fails.
  const mirrorContext = createContext(1);
  const health = createMirrorHealth(clock, log);
  const sessions = createSessions(context);
  const mirrorSessions = createSessions(mirrorContext);
  const openSession = (source: Source, isMirror: boolean, requestOptions: RequestOptions) =>
    (isMirror ? mirrorSessions : sessions).open(source, requestOptions);

  const untilClosed = (requestOptions: RequestOptions = {}): RequestOptions => {
    const { signal } = requestOptions;
    return { ...requestOptions, signal: signal ? AbortSignal.any([signal, closing.signal]) : closing.signal };
  };

  return {
    async resolve(target, reference, requestOptions) {
      const bounded = untilClosed(requestOptions);
      const { primary } = routeOf(await rules, target);
      const session = await sessions.open(primary, bounded);
      return resolveManifest(session, context, primary.repository, reference, bounded);
    },
    async manifest(target, reference, requestOptions) {
      const bounded = untilClosed(requestOptions);
      const route = routeOf(await rules, target);
      const fetchFrom = async (source: Source, isMirror: boolean) => {
        const session = await openSession(source, isMirror, bounded);
        return fetchManifest(session, isMirror ? mirrorContext : context, source.repository, reference, bounded);
      };
      if (!isDigest(reference)) return fetchFrom(route.primary, false);
      return fromMirrorsFirst(route, health, bounded.signal, fetchFrom);
    },
    async *blob(target, descriptor, blobOptions = {}) {
      const bounded = untilClosed(blobOptions);
      const route = routeOf(await rules, target);
      const places = blobPlaces(route, descriptor, { context, mirrorContext, openSession, health }, blobOptions);
      yield* downloadBlob(places, context, target.repository, descriptor, bounded);
    },
    async blobEnd(target, descriptor, count, requestOptions) {
      const bounded = untilClosed(requestOptions);
      const route = routeOf(await rules, target);
      const places = blobPlaces(route, descriptor, { context, mirrorContext, openSession, health }, {});
      return fetchBlobEnd(places, context, descriptor, count, bounded);
    },
    async *tags(target, limit, requestOptions) {
      const bounded = untilClosed(requestOptions);
      const { primary } = routeOf(await rules, target);
      const session = await sessions.open(primary, bounded);
      yield* listTags(session, context, primary.repository, limit, bounded);
    },
    async close() {
      closing.abort();
      await connections.close();
    },
  };
}

/** Only what a registry says itself counts, not what hosts say that it sends to. */
function observed(transport: Transport, board: NoticeBoard): Transport {
  return {
    ...transport,
    async send(request, signal) {
      const response = await transport.send(request, signal);
      const { endpoint } = request;
      if (request.url.origin === endpoint.base.origin) board.observe(endpoint.registry, response);
      return response;
    },
  };
}

function redactedNotice(notice: RegistryNotice, redactor: Redactor): RegistryNotice {
  return notice.kind === "warning" ? { ...notice, text: redactor.redact(notice.text) } : notice;
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
