import type { Clock } from "../base/clock.ts";
import { CodedError } from "../base/errors.ts";
import { readBounded } from "./bounded-body.ts";
import type { RequestOptions } from "./client.ts";
import { basicValue, type Credentials } from "./credentials.ts";
import type { Endpoint } from "./endpoint.ts";
import { readFailedAnswer, throwIfTransient } from "./failed-answer.ts";
import type { Redactor } from "./redact.ts";
import { sendFollowing } from "./redirect.ts";
import type { Retries } from "./retry.ts";
import { createSharedWork } from "./shared-work.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

export interface TokenQuestion {
  /** Of the registry that wants the token. */
  readonly endpoint: Endpoint;
  readonly realm: URL;
  readonly service: string | null;
  readonly scopes: readonly string[];
  /** Those that may go to the realm; null asks anonymously. */
  readonly credentials: Credentials | null;
  /** Where the credentials are from, or why there are none, for messages. */
  readonly source: string;
}

/** Tokens of the registries' token services, one request for all who wait for the same. */
export interface Tokens {
  /** Rejects with `token-failed`, `registry-unauthorized`, `registry-denied` and what transports reject with. */
  get(question: TokenQuestion, options: RequestOptions): Promise<string>;
  /** A token that was refused is not given again. */
  forget(token: string): void;
}

export interface TokensContext {
  readonly transport: Transport;
  readonly retries: Retries;
  readonly clock: Clock;
  readonly redactor: Redactor;
}

const BODY_LIMIT = 64 * 1024;
/** When the service does not say (docker token specification). */
const DEFAULT_LIFETIME_SECONDS = 60;
const SHORTEST_USE = 5000;
/** A token is replaced when this part of its life is over. */
const USED_LIFETIME = 0.8;
const CLIENT_ID = "dockpin";

interface Token {
  readonly token: string;
  readonly refreshAt: number;
}

export function createTokens(context: TokensContext): Tokens {
  const cache = new Map<string, Token>();
  const requests = createSharedWork<string>();
  const refresh = async (key: string, question: TokenQuestion, options: RequestOptions): Promise<string> => {
    const fetched = await fetchToken(question, context, options);
    cache.set(key, fetched);
    return fetched.token;
  };

  return {
    async get(question, options) {
      const key = keyOf(question);
      const known = cache.get(key);
      if (known !== undefined && known.refreshAt > context.clock.now()) return known.token;
      return requests.join(key, options, (shared) => refresh(key, question, shared));
    },
    forget(token) {
      for (const [key, known] of cache) if (known.token === token) cache.delete(key);
    },
  };
}

function keyOf({ endpoint, realm, service, scopes, credentials }: TokenQuestion): string {
  const { registry, tlsVerify } = endpoint;
  return JSON.stringify([registry, realm.href, service, [...scopes].sort(), credentials, tlsVerify]);
}

async function fetchToken(question: TokenQuestion, context: TokensContext, options: RequestOptions): Promise<Token> {
  const { retries, transport, clock, redactor } = context;
  const { realm, endpoint } = question;
  const service = `the token service of ${endpoint.registry} at ${realm.host}`;
  const request = requestFor(question);
  const response = await retries.run(realm.origin, options, async () => {
    const answered = await sendFollowing(transport, request, options.signal);
    await throwIfTransient(answered, service, { clock, redactor }, options.signal);
    return answered;
  });
  if (response.status >= 300) throw await refusal(question, response, service, redactor, options.signal);
  const body = await readBounded(response.body, BODY_LIMIT, response.url, options.signal);
  const answer = parseTokenAnswer(body?.toString("utf8") ?? "");
  if (answer === null) {
    const what = /^text\/html\b/i.test(String(response.headers["content-type"])) ? "with HTML" : "without a token";
    throw new CodedError("token-failed", `${capitalized(service)} answered ${what}; ask the registry's operator.`);
  }
  redactor.protect(answer.token);
  const lifetime = answer.lifetimeSeconds * 1000 * USED_LIFETIME;
  return { token: answer.token, refreshAt: clock.now() + Math.max(SHORTEST_USE, lifetime) };
}

/** The OAuth2 refresh grant for an identity token; for all else the GET of the docker token specification. */
function requestFor(question: TokenQuestion): HttpRequest {
  const { realm, service, scopes, credentials, endpoint } = question;
  const url = new URL(realm);
  if (service !== null) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  if (credentials?.kind === "password") url.searchParams.set("account", credentials.username);
  const headers: Record<string, string> =
    credentials?.kind === "password" ? { authorization: `Basic ${basicValue(credentials)}` } : {};
  if (credentials?.kind !== "identity-token") return { method: "GET", url, headers, endpoint };
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: credentials.token,
    client_id: CLIENT_ID,
    ...(service !== null && { service }),
    ...(scopes.length > 0 && { scope: scopes.join(" ") }),
  });
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", url: realm, headers: type, body: form.toString(), endpoint };
}

async function refusal(
  question: TokenQuestion,
  response: HttpResponse,
  service: string,
  redactor: Redactor,
  signal: AbortSignal | undefined,
): Promise<CodedError> {
  const { words, status } = await readFailedAnswer(response, service, redactor, signal);
  const said = capitalized(words);
  const { credentials, source } = question;
  const { registry } = question.endpoint;
  if (status !== 401 && status !== 403) return new CodedError("token-failed", `${said}; try again later.`);
  if (credentials === null) {
    const advice = `the image does not exist or is private: check its name, or sign in with "docker login ${registry}"`;
    return new CodedError("registry-unauthorized", `${said}; ${advice} (credentials: ${source}).`);
  }
  const advice = `sign in again with "docker login ${registry}"`;
  return status === 401
    ? new CodedError("registry-unauthorized", `${said} to the credentials from ${source}; ${advice}.`)
    : new CodedError("registry-denied", `${said} to the credentials from ${source}; ask for access, or ${advice}.`);
}

function parseTokenAnswer(text: string): { token: string; lifetimeSeconds: number } | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // A login page, or nothing: the caller says so without showing it.
    return null;
  }
  if (typeof document !== "object" || document === null) return null;
  const { token, access_token, expires_in } = document as Record<string, unknown>;
  const value = typeof token === "string" && token !== "" ? token : access_token;
  if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) return null;
  const valid = typeof expires_in === "number" && expires_in > 0;
  return { token: value, lifetimeSeconds: valid ? expires_in : DEFAULT_LIFETIME_SECONDS };
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
