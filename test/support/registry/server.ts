import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type Answer, answerFrom, type Question } from "./answers.ts";
import { type Authorization, challengeFor } from "./authorization.ts";
import type { RegistryContent } from "./content.ts";
import { createFaultScript, type Fault, type FaultRow, faultyAnswer } from "./faults.ts";

export interface RegistryOptions {
  /** PEM; the registry speaks https when given. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly authorization?: Authorization;
  readonly faults?: readonly FaultRow[];
  /** Awaited before a request is answered. */
  readonly gate?: (request: { readonly method: string; readonly path: string }) => Promise<void>;
  /** What the listener is called in URLs; `127.0.0.1` when absent. */
  readonly hostName?: string;
  /** Awaited when a fault is to break a body off, its first bytes sent. */
  readonly beforeBreak?: () => Promise<void>;
  /** In front of every path, as a reverse proxy would map it: `/mirror`. */
  readonly pathPrefix?: string;
}

export interface RecordedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What was answered; null when the connection was reset or stalled before the headers. */
  readonly status: number | null;
}

export interface TestRegistry {
  /** `127.0.0.1:PORT`, as it stands in an image name. */
  readonly host: string;
  /** `http://127.0.0.1:PORT` or `https://…`, and the path prefix. */
  readonly origin: string;
  /** In the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Connections that are open now. */
  openConnections(): Promise<number>;
  /** Requests that are neither answered to the end nor given up. */
  openRequests(): number;
  close(): Promise<void>;
}

/** Starts an in-process registry on a free loopback port. It serves what `content` holds at the time of each request. */
export async function startRegistry(content: RegistryContent, options: RegistryOptions = {}): Promise<TestRegistry> {
  const requests: RecordedRequest[] = [];
  const nextFault = createFaultScript(options.faults ?? []);
  const authorization = options.authorization ?? { scheme: "none" };
  const prefix = options.pathPrefix ?? "";
  let origin = "";
  const open = new Set<ServerResponse>();

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    open.add(response);
    response.once("close", () => open.delete(response));
    const method = request.method ?? "GET";
    const path = request.url ?? "/";
    const question: Question = {
      method,
      url: new URL(path.startsWith(prefix) ? path.slice(prefix.length) : "/", origin),
      headers: request.headers,
    };
    const body = await text(request);
    await options.gate?.({ method, path });
    const isTokenRequest = authorization.scheme === "bearer" && question.url.pathname === "/token";
    const refusal = isTokenRequest ? null : challengeFor(authorization, question, origin);
    const fault = nextFault(question, refusal === null);
    const truth = () => (isTokenRequest ? authorization.tokens.answer(question, body) : answerFrom(content, question));
    const answer = fault === null ? (refusal ?? truth()) : faultyAnswer(refusal ?? truth(), fault);
    const status = isSilent(fault) ? null : answer.status;
    requests.push({ method, path, headers: request.headers, body, status });
    await send(request, response, answer, fault, options.beforeBreak);
  };

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch(() => request.socket.destroy());
  };
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const host = `${options.hostName ?? "127.0.0.1"}:${(server.address() as AddressInfo).port}`;
  origin = `${options.tls === undefined ? "http" : "https"}://${host}${prefix}`;
  return {
    host,
    origin,
    requests,
    openConnections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    openRequests: () => open.size,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}

function isSilent(fault: Fault | null): boolean {
  if (fault?.do === "raw") return true;
  if (fault?.do === "reset") return fault.afterBytes === undefined;
  return fault?.do === "stall" && fault.afterBytes === null;
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  fault: Fault | null,
  beforeBreak = async () => {},
): Promise<void> {
  if (fault?.do === "raw") {
    request.socket.end(fault.bytes);
    return;
  }
  if (isSilent(fault)) {
    if (fault?.do === "reset") reset(request);
    return;
  }
  const isChunked = answer.headers["Transfer-Encoding"] !== undefined;
  const length = isChunked ? {} : { "Content-Length": answer.body.length };
  response.writeHead(answer.status, headerLines({ ...length, ...answer.headers }));
  if (request.method === "HEAD") response.end();
  else if (fault?.do === "stall") response.write(answer.body.subarray(0, fault.afterBytes ?? 0));
  else if (fault?.do === "cut" || fault?.do === "reset") {
    response.flushHeaders();
    await new Promise((resolve) => response.write(answer.body.subarray(0, fault.afterBytes), resolve));
    await beforeBreak();
    if (fault.do === "reset") reset(request);
    else request.socket.destroy();
  } else response.end(answer.body);
}

/** Of a TLS connection, what is below it. */
function reset({ socket }: IncomingMessage): void {
  const below: unknown = Reflect.get(socket, "_parent");
  if (below instanceof Socket) below.resetAndDestroy();
  socket.resetAndDestroy();
}

function headerLines(headers: Readonly<Record<string, string | number | readonly string[]>>): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "object" ? [...value] : value]),
  );
}
