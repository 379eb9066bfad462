import { lookup as systemLookup } from "node:dns";
import { isIPv6, type LookupFunction } from "node:net";
import type { SecureContext } from "node:tls";
import { Agent, buildConnector, type Dispatcher, Pool } from "undici";
import { CodedError } from "../base/errors.ts";
import { isNearer, type Reach, reachOf } from "./address.ts";
import { completePausedResponses } from "./paused-response.ts";
import type { HttpProxy } from "./proxy.ts";
import { proxyRefusal, proxyUnreachable } from "./proxy-failure.ts";
import type { Timeouts } from "./transport.ts";
import type { Trust } from "./trust.ts";

/** What decides which connections a request may use. */
export interface Route {
  readonly proxy: HttpProxy | null;
  readonly tlsVerify: boolean;
  readonly trust: Trust;
  readonly proxyTrust: Trust;
  /** Nothing nearer is connected to; behind a proxy, it decides itself. */
  readonly nearest: Reach;
}

/** Connections that are kept, apart wherever routes differ. */
export interface Connections {
  /** For requests to any origin over a route. */
  to(route: Route): Dispatcher;
  /** For requests to a proxy itself: tunnels, and plain http in absolute form (RFC 9112, section 3.2.2). */
  toProxy(proxy: HttpProxy, trust: Trust): Pool;
  /** Where a host name was found to be, the farthest address counts; null when it was not looked for. */
  reachOfName(hostname: string): Reach | null;
  /** Ends all at once. */
  destroy(): Promise<void>;
}

/**
 * Milliseconds for one address of several before the next is tried (RFC 8305). Node gives an address up then, so its own
 * quarter of a second would never reach slow ones.
 */
const ADDRESS_PATIENCE = 1000;

export function createConnections(timeouts: Timeouts, lookup: LookupFunction = systemLookup as LookupFunction) {
  const kept = new Map<string, Agent>();
  const proxies = new Map<string, Pool>();
  const reaches = new Map<string, Reach>();

  const connector = (tlsVerify: boolean, secureContext: SecureContext | undefined, nearest: Reach) => {
    const connect = buildConnector({
      timeout: timeouts.connect,
      rejectUnauthorized: tlsVerify,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ADDRESS_PATIENCE,
      lookup: lookUpFrom(nearest, lookup, (hostname, reach) => reaches.set(hostname, reach)),
      ...(secureContext && { secureContext }),
    });
    return ended(connect);
  };
  const limits = { headersTimeout: timeouts.headers, bodyTimeout: timeouts.idleBody };

  const connections: Connections = {
    to(route) {
      const { proxy, tlsVerify, trust, nearest } = route;
      const key = JSON.stringify([proxy?.url.href, proxy?.authorization, tlsVerify, trust.key, nearest]);
      const known = kept.get(key);
      if (known !== undefined) return known;
      const direct = connector(tlsVerify, trust.context, nearest);
      const agent = new Agent({
        ...limits,
        connect: proxy === null ? direct : tunnel(proxy, connections.toProxy(proxy, route.proxyTrust), direct),
      });
      kept.set(key, agent);
      return agent;
    },
    toProxy(proxy, trust) {
      const key = JSON.stringify([proxy.url.href, proxy.tlsVerify, trust.key]);
      const known = proxies.get(key);
      if (known !== undefined) return known;
      const connect = connector(proxy.tlsVerify, trust.context, "local");
      const pool = new Pool(proxy.url, {
        ...limits,
        connect: (options, callback) =>
          connect(options, (...[error, socket]) =>
            error === null ? callback(null, socket) : callback(proxyUnreachable(proxy, error), null),
          ),
      });
      proxies.set(key, pool);
      return pool;
    },
    reachOfName: (hostname) => reaches.get(hostname) ?? null,
    async destroy() {
      await Promise.all([...kept.values(), ...proxies.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
  return connections;
}

/**
 * Ends connections with the error that breaks them. TLS 1.3 tells only after the handshake that a client's certificate is
 * missing; Node lets the end of the connection follow, which would hide that reason.
 */
function ended(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result) => {
      const [, socket] = result;
      // On a failure undici gives no socket at all, whatever its types say.
      if (socket) {
        socket.once("error", (error) => socket.destroy(error));
        completePausedResponses(socket);
      }
      callback(...result);
    });
}

/** Connects through a tunnel that the proxy makes (RFC 9110, section 9.3.6). */
function tunnel(proxy: HttpProxy, pool: Pool, direct: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    const host = isIPv6(options.hostname) ? `[${options.hostname}]` : options.hostname;
    const target = `${host}:${options.port || 443}`;
    pool.connect({ path: target, headers: proxyHeaders(proxy) }).then(
      ({ statusCode, socket }) => {
        if (statusCode === 200) {
          direct({ ...options, httpSocket: socket as never }, callback);
        } else {
          socket.on("error", () => undefined).destroy();
          callback(proxyRefusal(proxy, statusCode, target), null);
        }
      },
      (error: unknown) => callback(proxyUnreachable(proxy, error), null),
    );
  };
}

export function proxyHeaders({ authorization }: HttpProxy): Record<string, string> {
  return authorization === null ? {} : { "proxy-authorization": authorization };
}

/**
 * Looks a name up, leaving out addresses nearer than allowed, so that no name of a stranger's leads to this machine or into a
 * private network (DNS rebinding). Fails with `address-refused` when all are.
 */
export function lookUpFrom(
  nearest: Reach,
  lookup: LookupFunction,
  onFound: (hostname: string, reach: Reach) => void,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, answer, family) => {
      if (error !== null) {
        callback(error, [], 0);
        return;
      }
      const found = typeof answer === "string" ? [{ address: answer, family: family ?? 4 }] : answer;
      const reaches = found.map(({ address }) => reachOf(address));
      const farthest = reaches.reduce((far, reach) => (isNearer(far, reach) ? reach : far), "local");
      const allowed = found.filter((_, index) => !isNearer(reaches[index] ?? "local", nearest));
      const [first] = allowed;
      if (first === undefined) {
        callback(addressRefused(hostname, farthest), [], 0);
        return;
      }
      onFound(hostname, farthest);
      if (options.all) callback(null, allowed, 0);
      else callback(null, first.address, first.family);
    });
  };
}

/** What a host is that a registry elsewhere must not send anyone to. */
export function addressRefused(host: string, reach: Reach): CodedError {
  const where = reach === "local" ? "this machine" : "a private network";
  return new CodedError(
    "address-refused",
    `The registry sent the request to ${host}, which is in truth ${where}, so nothing was sent; ask its operator.`,
  );
}
