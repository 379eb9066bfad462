import { createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ForwardProxyOptions {
  /** What names mean to the proxy: `registry.example:443` to a loopback port. All else is a 502. */
  readonly hosts: Readonly<Record<string, number>>;
  /** Nobody else may use it when given. */
  readonly account?: { readonly username: string; readonly password: string };
  /** PEM; the proxy speaks https when given. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Answered to every CONNECT. */
  readonly connectStatus?: number;
}

export interface ForwardProxy {
  /** `http://127.0.0.1:PORT`, or https. */
  readonly url: string;
  readonly port: number;
  /** `CONNECT registry.example:443` and `GET http://registry.example/v2/`, in the order of arrival. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** A proxy on a free loopback port: tunnels by CONNECT, plain http in absolute form (RFC 9110, section 7.7). */
export async function startForwardProxy(options: ForwardProxyOptions): Promise<ForwardProxy> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const { account } = options;
  const wanted = account && `Basic ${Buffer.from(`${account.username}:${account.password}`).toString("base64")}`;
  const maySend = ({ headers }: IncomingMessage) => wanted === undefined || headers["proxy-authorization"] === wanted;

  const forward = (request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET", url = "" } = request;
    requests.push(`${method} ${url}`);
    if (!maySend(request)) return response.writeHead(407, { "Proxy-Authenticate": 'Basic realm="proxy"' }).end();
    const target = new URL(url);
    const port = options.hosts[`${target.hostname}:${target.port || 80}`];
    if (port === undefined) return response.writeHead(502).end();
    const { "proxy-authorization": _, ...headers } = request.headers;
    const path = `${target.pathname}${target.search}`;
    const onward = sendRequest({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.once("error", () => response.destroy());
    return request.pipe(onward);
  };

  const server = options.tls === undefined ? createServer(forward) : createTlsServer(options.tls, forward);
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    const { url = "" } = request;
    requests.push(`CONNECT ${url}`);
    const port = options.hosts[url];
    socket.on("error", () => socket.destroy());
    const status = options.connectStatus ?? (!maySend(request) ? 407 : port === undefined ? 502 : 200);
    if (status !== 200 || port === undefined) {
      socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const tunnel = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    sockets.add(tunnel);
    tunnel.on("error", () => socket.destroy());
    socket.once("close", () => tunnel.destroy());
    socket.pipe(tunnel).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    requests,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
