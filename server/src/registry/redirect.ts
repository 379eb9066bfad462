import { CodedError } from "../base/errors.ts";
import { discard } from "./bounded-body.ts";
import { objectionTo } from "./fetchable.ts";
import { showUrl } from "./redact.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

const REDIRECTS = [301, 302, 303, 307, 308];
const HOP_LIMIT = 5;

/**
 * Sends a request and follows its redirects, at most five. `Authorization` goes to the exact origin of the request only,
 * so neither a sub-domain nor another port gets it. Refused (`redirect-refused`): loops, schemes other than http(s),
 * from https to http, a `Location` with a user name, and from elsewhere to an address of this machine.
 */
export async function sendFollowing(
  transport: Transport,
  request: HttpRequest,
  signal?: AbortSignal,
): Promise<HttpResponse> {
  const visited = new Set([request.url.href]);
  let current = request;
  for (;;) {
    const response = await transport.send(current, signal);
    const location = response.headers.location;
    if (!REDIRECTS.includes(response.status) || location === undefined) return response;
    discard(response.body);
    const url = nextUrl(current.url, location, request.url);
    if (visited.has(url.href)) throw refused(request.url, "it goes in a circle");
    if (visited.size > HOP_LIMIT) throw refused(request.url, `there are more than ${HOP_LIMIT}`);
    visited.add(url.href);
    const elsewhere = url.origin !== request.url.origin;
    if (elsewhere && request.body !== undefined) throw refused(request.url, `it would send credentials to ${url.host}`);
    const headers = elsewhere ? withoutAuthorization(request.headers) : request.headers;
    const { body, ...bodiless } = request;
    const keepsBody = response.status === 307 || response.status === 308;
    current = keepsBody
      ? { ...request, url, headers }
      : { ...bodiless, url, headers, method: request.method === "POST" ? "GET" : request.method };
  }
}

function nextUrl(from: URL, location: string, first: URL): URL {
  if (!URL.canParse(location, from.href)) throw refused(first, "its target is not a URL");
  const url = new URL(location, from);
  url.hash = "";
  const objection = objectionTo(url, from, first);
  if (objection !== null) throw refused(first, `its target ${url.host && `at ${url.host} `}${objection}`);
  return url;
}

function withoutAuthorization(headers: HttpRequest["headers"]): HttpRequest["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"));
}

function refused(url: URL, why: string): CodedError {
  return new CodedError(
    "redirect-refused",
    `A redirect of ${showUrl(url)} was not followed: ${why}; ask the registry's operator.`,
  );
}
