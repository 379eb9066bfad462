import type { Clock } from "../base/clock.ts";
import { CodedError } from "../base/errors.ts";
import { printRepository, type Repository } from "../oci/reference.ts";
import {
  type Authorization,
  type Authorizer,
  type AuthorizerContext,
  behindObstacle,
  createAuthorizer,
} from "./authorizer.ts";
import { discard } from "./bounded-body.ts";
import type { RequestOptions } from "./client.ts";
import { anonymous } from "./credentials.ts";
import { type Endpoint, plainEndpoint } from "./endpoint.ts";
import { readFailedAnswer, throwIfTransient } from "./failed-answer.ts";
import { headerLines } from "./headers.ts";
import { createPullAllowance, type PullAllowance, type Puller } from "./pull-allowance.ts";
import { sendFollowing } from "./redirect.ts";
import { denied } from "./refusal.ts";
import { type Retries, TransientFailure } from "./retry.ts";
import type { HttpResponse, Transport } from "./transport.ts";

export interface SessionContext extends AuthorizerContext {
  readonly transport: Transport;
  readonly retries: Retries;
  readonly clock: Clock;
}

export interface ApiRequest {
  readonly method: "GET" | "HEAD";
  readonly repository: Repository;
  /** Below the repository: `manifests/latest`. */
  readonly resource: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A GET of a manifest is a pull: `send` throws `registry-rate-limited` when the registry allows no more of these. */
  readonly isForManifest?: boolean;
}

/** A registry whose scheme and challenge are known. */
export interface Session {
  readonly endpoint: Endpoint;
  /** Whether HEADs of manifests are worth sending: false once one was answered without what it is for. */
  answersHeads: boolean;
  /**
   * Sends a request with authorization, follows its redirects, and gives the response of whatever status that neither
   * signing in nor another try can mend. The caller wraps it in `retries`, so that a broken body counts as a try too.
   */
  send(request: ApiRequest, options: RequestOptions): Promise<HttpResponse>;
}

/**
 * Pings `/v2/`, by plain http too after any failure of https when TLS verification is off, as skopeo does
 * (containers/image `docker_client.go`, detectPropertiesHelper).
 */
export async function openSession(
  endpoint: Endpoint,
  context: SessionContext,
  options: RequestOptions,
): Promise<Session> {
  const pinged = await context.retries.run(endpoint.base.origin, options, () => pingEither(endpoint, context, options));
  const authorizer = createAuthorizer(pinged.endpoint, pinged.challenges, context);
  const allowance = createPullAllowance(endpoint.registry, context.clock);
  const opened = { endpoint: pinged.endpoint, authorizer, allowance };
  return {
    endpoint: pinged.endpoint,
    answersHeads: true,
    send: (request, requestOptions) => sendAuthorized(opened, context, request, requestOptions),
  };
}

interface Ping {
  readonly endpoint: Endpoint;
  readonly challenges: readonly string[];
}

async function pingEither(endpoint: Endpoint, context: SessionContext, options: RequestOptions): Promise<Ping> {
  try {
    return await ping(endpoint, context, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (endpoint.tlsVerify || endpoint.base.protocol !== "https:" || !isConnectionFailure(error)) throw error;
    context.log.debug(`${endpoint.registry} did not answer by https; trying http, as tlsVerify is off.`);
    try {
      return await ping(plainEndpoint(endpoint), context, options);
    } catch (plainError) {
      // Neither works: what https said is the better explanation, unless http got as far as an answer.
      if (!isConnectionFailure(plainError)) throw plainError;
      // What https said is final, what happened to http may pass: then both are tried once more.
      const mayPass = error instanceof CodedError && plainError instanceof TransientFailure;
      throw mayPass ? new TransientFailure(error, plainError.message, plainError.retryAfter) : error;
    }
  }
}

async function ping(endpoint: Endpoint, context: SessionContext, options: RequestOptions): Promise<Ping> {
  const { signal } = options;
  const url = new URL("v2/", endpoint.base);
  const request = { method: "GET", url, headers: {}, endpoint } as const;
  const response = await sendFollowing(context.transport, request, signal);
  await throwIfTransient(response, endpoint.registry, context, signal);
  discard(response.body);
  // Proxies exist that answer 404 here and serve manifests all the same, so only what authorizes is taken from the
  // answer; and the challenge of another host is not this registry's.
  const isOwn = response.url.origin === url.origin;
  return { endpoint, challenges: response.status === 401 && isOwn ? headerLines(response, "www-authenticate") : [] };
}

function isConnectionFailure(error: unknown): boolean {
  const problem = error instanceof TransientFailure ? error.problem : error;
  if (!(problem instanceof CodedError)) return false;
  return ["registry-unreachable", "registry-timeout", "registry-tls", "proxy-refused"].includes(problem.code);
}

interface OpenedSession {
  readonly endpoint: Endpoint;
  readonly authorizer: Authorizer;
  readonly allowance: PullAllowance;
}

async function sendAuthorized(
  { endpoint, authorizer, allowance }: OpenedSession,
  context: SessionContext,
  { method, repository, resource, headers, isForManifest = false }: ApiRequest,
  options: RequestOptions,
): Promise<HttpResponse> {
  const url = new URL(`v2/${repository.path}/${resource}`, endpoint.base);
  for (let isSecondTry = false; ; isSecondTry = true) {
    const authorized = await authorizer.authorize(repository, options);
    const authorization = authorized.value;
    const request = { method, url, headers: withAuthorization(headers, authorization), endpoint };
    const puller = pullerOf(repository, authorized);
    const giveBack = isForManifest && method === "GET" ? allowance.take(puller) : () => {};
    const response = await sendFollowing(context.transport, request, options.signal).finally(giveBack);
    if (isForManifest && response.url.origin === url.origin) allowance.learn(puller, response);
    await throwIfTransient(response, endpoint.registry, context, options.signal);
    if (response.status === 403 && method === "GET") {
      const { obstacle } = await authorizer.explain(repository, options);
      if (obstacle === undefined) return response;
      const answer = await readFailedAnswer(response, endpoint.registry, context.redactor, options.signal);
      throw behindObstacle(denied(repository, answer), obstacle);
    }
    if (response.status !== 401) return response;
    if (response.url.origin !== url.origin) {
      return sendAnonymously(response, { method, headers }, endpoint, context, options);
    }
    const mayHelp =
      !isSecondTry &&
      (await authorizer.learn(repository, authorization, headerLines(response, "www-authenticate"), options));
    if (!mayHelp) {
      const isSignedIn = authorization?.startsWith("Basic ") ?? false;
      throw await unauthorized(endpoint, authorizer, context, repository, response, options, isSignedIn);
    }
    discard(response.body);
  }
}

/**
 * Meets the challenge of a host that a front door has redirected to, once and without credentials: those of the front
 * door are not for it.
 */
async function sendAnonymously(
  refusal: HttpResponse,
  { method, headers }: Pick<ApiRequest, "method" | "headers">,
  frontDoor: Endpoint,
  context: SessionContext,
  options: RequestOptions,
): Promise<HttpResponse> {
  const { url } = refusal;
  const endpoint = {
    ...frontDoor,
    registry: url.host,
    credentialHost: url.host,
    base: new URL(url.origin),
    sentFrom: frontDoor,
  };
  const repository = {
    registry: url.host,
    path: /\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(url.pathname)?.[1] ?? "",
  };
  const authorizer = createAuthorizer(endpoint, headerLines(refusal, "www-authenticate"), {
    ...context,
    credentials: anonymous,
  });
  const { value: authorization } = await authorizer.authorize(repository, options);
  if (authorization === null) {
    throw await unauthorized(endpoint, authorizer, context, repository, refusal, options);
  }
  discard(refusal.body);
  const request = { method, url, headers: withAuthorization(headers, authorization), endpoint };
  const response = await sendFollowing(context.transport, request, options.signal);
  await throwIfTransient(response, endpoint.registry, context, options.signal);
  if (response.status !== 401) return response;
  throw await unauthorized(endpoint, authorizer, context, repository, response, options);
}

async function unauthorized(
  endpoint: Endpoint,
  authorizer: Authorizer,
  context: SessionContext,
  repository: Repository,
  response: HttpResponse,
  options: RequestOptions,
  isSignedIn = false,
): Promise<CodedError> {
  const { registry } = endpoint;
  const { words } = await readFailedAnswer(response, registry, context.redactor, options.signal);
  const { source, obstacle } = await authorizer.explain(repository, options);
  const name = printRepository(repository);
  const signIn = `with "docker login ${registry}" or "podman login ${registry}"`;
  const message = isSignedIn
    ? `${words} to the credentials from ${source}; sign in again ${signIn}.`
    : `${words}: ${name} does not exist or is private; check the name, or sign in ${signIn} (credentials: ${source}).`;
  return behindObstacle(new CodedError("registry-unauthorized", message), obstacle);
}

function pullerOf(repository: Repository, { credentials }: Authorization): Puller {
  return { account: JSON.stringify(credentials), isSignedIn: credentials !== null, repository };
}

function withAuthorization(headers: ApiRequest["headers"], authorization: string | null): ApiRequest["headers"] {
  return authorization === null ? headers : { ...headers, authorization };
}
