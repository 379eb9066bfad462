import type { IncomingHttpHeaders } from "node:http";
import type { LookupFunction } from "node:net";
import { rootCertificates } from "node:tls";
import { Agent, type Dispatcher, request } from "undici";
import { transportFailure } from "./transport-failure.ts";

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
  readonly tlsVerify: boolean;
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
  /** PEM; trusted beside those that Node brings. */
  readonly certificateAuthorities?: readonly string[];
  /** Finds the addresses of host names; the system's resolver when absent. */
  readonly lookup?: LookupFunction;
}

export function createTransport(options: TransportOptions): Transport {
  const { timeouts, certificateAuthorities: extra = [], lookup } = options;
  const agent = (rejectUnauthorized: boolean) =>
    new Agent({
      headersTimeout: timeouts.headers,
      bodyTimeout: timeouts.idleBody,
      connect: {
        timeout: timeouts.connect,
        rejectUnauthorized,
        // A list replaces Node's own; without one, NODE_EXTRA_CA_CERTS and --use-system-ca work.
        ...(extra.length > 0 && { ca: [...rootCertificates, ...extra] }),
        ...(lookup && { lookup }),
      },
    });
  const verifying = agent(true);
  const trusting = agent(false);
  return {
    async send({ method, url, headers, body, tlsVerify }, signal) {
      try {
        const response = await request(url, {
          method,
          headers: { "user-agent": options.userAgent, "accept-encoding": "identity", ...headers },
          dispatcher: tlsVerify ? verifying : trusting,
          ...(body !== undefined && { body }),
          ...(signal && { signal }),
        });
        return { url, status: response.statusCode, headers: response.headers, body: response.body };
      } catch (error) {
        signal?.throwIfAborted();
        throw transportFailure(error, url);
      }
    },
    async close() {
      await Promise.all([verifying.destroy(), trusting.destroy()]);
    },
  };
}
