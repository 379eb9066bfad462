import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { createCertificate } from "../../support/certificate.ts";
import type { Answer, Question } from "../../support/registry/answers.ts";

/** What answers under one host name. */
export type Site = (question: Question, body: string) => Answer;

/** Hosts by the names that they have in the world, behind a proxy on this machine. */
export interface Internet {
  /** Of the proxy: `http://127.0.0.1:PORT`. */
  readonly proxy: string;
  /** PEM of the authority that vouches for all hosts. */
  readonly authority: string;
  /** In the order of arrival. */
  readonly requests: readonly { readonly host: string; readonly path: string; readonly authorization: string | null }[];
  close(): Promise<void>;
}

/**
 * Starts hosts that speak https, those called `http://HOST[:PORT]` plain http, and a proxy that leads to them and nowhere else.
 */
export async function startInternet(sites: Readonly<Record<string, Site>>): Promise<Internet> {
  const requests: { host: string; path: string; authorization: string | null }[] = [];
  const { key, cert } = createCertificate({ hosts: Object.keys(sites).filter((name) => !name.includes(":")) });

  const handle = async (request: IncomingMessage, response: ServerResponse, site: Site | undefined, url: URL) => {
    const { method = "GET", headers } = request;
    requests.push({ host: url.host, path: url.pathname + url.search, authorization: headers.authorization ?? null });
    const answer = site?.({ method, url, headers }, await text(request));
    if (answer === undefined) throw new Error(`there is no site at ${url.origin}`);
    response.writeHead(answer.status, { ...answer.headers, "Content-Length": answer.body.length } as never);
    response.end(method === "HEAD" ? undefined : answer.body);
  };
  const server = createTlsServer({ key, cert }, (request, response) => {
    const { host = "" } = request.headers;
    const url = new URL(request.url ?? "/", `https://${host}`);
    handle(request, response, sites[host], url).catch(() => request.socket.destroy());
  });
  const port = await listen(server);

  const tunnels = new Set<Socket>();
  const proxy = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://nowhere.example");
    handle(request, response, sites[url.origin], url).catch(() => request.socket.destroy());
  });
  proxy.on("connect", ({ url = "" }: IncomingMessage, socket: Socket) => {
    if (!Object.hasOwn(sites, url.replace(/:443$/, ""))) {
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      return;
    }
    const tunnel = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    for (const end of [socket, tunnel]) {
      tunnels.add(end);
      end.on("error", () => socket.destroy());
    }
    socket.pipe(tunnel).pipe(socket);
  });
  const proxyPort = await listen(proxy);

  return {
    proxy: `http://127.0.0.1:${proxyPort}`,
    authority: cert,
    requests,
    close: async () => {
      for (const end of tunnels) end.destroy();
      await Promise.all([server, proxy].map((each) => new Promise((resolve) => each.close(resolve))));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
