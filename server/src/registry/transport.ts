import type { IncomingHttpHeaders } from "node:http";
import type { LookupFunction } from "node:net";
import { type Dispatcher, type Pool, request } from "undici";
import { CodedError } from "../base/errors.ts";
import { hostOf, isAddress, isNearer, type Reach, reachOf } from "./address.ts";
import { discard } from "./bounded-body.ts";
import type { Certificates } from "./certificates.ts";
import { addressRefused, type Connections, createConnections, proxyHeaders, type Route } from "./connections.ts";
import { type Endpoint, isNamedOrigin, namedEndpoint } from "./endpoint.ts";
import type { HttpProxy, ProxySelection } from "./proxy.ts";
import { proxyRefusal } from "./proxy-failure.ts";
import { isAmongHosts } from "./realm.ts";
import { transportFailure } from "./transport-failure.ts";
import { createTrustStore } from "./trust.ts";

/** In milliseconds. */
export interface Timeouts {
  readonly connect: number;
  readonly headers: number;
  /** Between two pieces of a body. */
  readonly idleBody: number;
}

export const defaultTimeouts: Timeouts = { connect: 10_000, headers: 60_000, idleBody: 60_000 };

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** On whose behalf; what the user said of it decides how the URL is reached. */
  readonly endpoint: Endpoint;
}

export type ResponseBody = Dispatcher.ResponseData["body"];

export interface HttpResponse {
  /** That answered, after redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read to its end or discarded. */
  readonly body: ResponseBody;
}

/** Sends single HTTP requests, keeping connections; no redirects, no retries, no content decoding. */
export interface Transport {
  /** Rejects with what `transportFailure` makes of it, or with the signal's reason. */
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly timeouts: Timeouts;
  readonly userAgent: string;
  /** Which proxies are used; none when absent. */
  readonly proxies?: ProxySelection;
  /** PEM; trusted for every host, beside those that Node brings. */
  readonly certificateAuthorities?: readonly string[];
  /** What else TLS goes by, host by host. */
  readonly certificates?: Certificates;
  /** Finds the addresses of host names; the system's resolver when absent. */
  readonly lookup?: LookupFunction;
}

export function createTransport(options: TransportOptions): Transport {
  const { proxies = () => null } = options;
  const connections = createConnections(options.timeouts, options.lookup);
  const trusts = createTrustStore(options.certificateAuthorities ?? [], options.certificates ?? null);

  const routeTo = async (url: URL, endpoint: Endpoint): Promise<Route> => {
    const proxy = proxies(url);
    const named = namedEndpoint(endpoint);
    const host = hostOf(url);
    const isChosen = isNamedOrigin(url, endpoint) || isAmongHosts(url, named.trustedAuthRealms);
    const nearest = isChosen ? "local" : reachOfRegistry(named, connections);
    if (proxy === null && isAddress(host) && isNearer(reachOf(host), nearest))
      throw addressRefused(host, reachOf(host));
    const [trust, proxyTrust] = await Promise.all([trusts.of(url, endpoint), trusts.ofProxy(proxy)]);
    return { proxy, tlsVerify: endpoint.tlsVerify, trust, proxyTrust, nearest };
  };

  return {
    async send({ method, url, headers, body, endpoint }, signal) {
      const init = {
        method,
        headers: checked({ "user-agent": options.userAgent, "accept-encoding": "identity", ...headers }, url),
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      };
      try {
        const route = await routeTo(url, endpoint);
        const response =
          route.proxy !== null && url.protocol === "http:"
            ? await askProxy(route.proxy, connections.toProxy(route.proxy, route.proxyTrust), url, init)
            : // By itself undici ends each connection after a HEAD, for servers that send a body all the same; a connection on
              // which more comes than was asked for ends anyway.
              await request(url, { ...init, reset: false, dispatcher: connections.to(route) });
        return { url, status: response.statusCode, headers: response.headers, body: response.body };
      } catch (error) {
        signal?.throwIfAborted();
        const failure = transportFailure(error, url);
        if (failure instanceof CodedError && failure.code === "registry-tls") trusts.forget();
        throw failure;
      }
    },
    close: () => connections.destroy(),
  };
}

/** Has a proxy ask for a plain URL, which it is sent whole (RFC 9112, section 3.2.2). */
async function askProxy(
  proxy: HttpProxy,
  pool: Pool,
  url: URL,
  init: ProxiedRequest,
): Promise<Dispatcher.ResponseData> {
  const path = `${url.origin}${url.pathname}${url.search}`;
  const headers = { host: url.host, ...init.headers, ...proxyHeaders(proxy) };
  const response = await pool.request({ ...init, path, headers });
  if (response.statusCode !== 407) return response;
  discard(response.body);
  throw proxyRefusal(proxy, response.statusCode, url.host);
}

type ProxiedRequest = Pick<Dispatcher.RequestOptions, "method" | "body" | "signal"> & {
  readonly headers: HttpRequest["headers"];
};

/** How near the registry is; public where only a proxy knows its address. */
function reachOfRegistry({ base }: Endpoint, connections: Connections): Reach {
  const host = hostOf(base);
  return isAddress(host) ? reachOf(host) : (connections.reachOfName(host) ?? "public");
}

/** No value may hold what would end its line. Throws `credentials-unreadable`: all others are dockpin's own words. */
function checked(headers: HttpRequest["headers"], url: URL): HttpRequest["headers"] {
  const bad = Object.entries(headers).find(([, value]) => !/^[\t\x20-\x7e\x80-\xff]*$/.test(value));
  if (bad === undefined) return headers;
  const message = `The credentials for ${url.host} hold characters that cannot be sent (${bad[0]}); sign in again.`;
  throw new CodedError("credentials-unreadable", message);
}
