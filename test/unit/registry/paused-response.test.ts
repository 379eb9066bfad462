import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { createTransport } from "../../../server/src/registry/transport.ts";

const HEAD = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
/** As much as is read ahead of the reader, so that reading pauses at its very end; and more. */
const SIZES = [64 * 1024, 64 * 1024 - 1, 256 * 1024];
const body = (size: number) => "a".repeat(size);

/** Answers one request with this text and ends the connection; gives the response when its reader is behind. */
async function lateResponse(text: string) {
  const server = createServer((socket: Socket) => {
    socket.once("data", () => socket.end(text));
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const transport = createTransport({ timeouts: { connect: 5000, headers: 5000, idleBody: 5000 }, userAgent: "test" });
  onTestFinished(async () => {
    await transport.close();
    server.close();
  });
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const endpoint = { registry: base.host, credentialHost: base.host, base, tlsVerify: true, trustedAuthRealms: [] };
  const response = await transport.send({ method: "GET", url: base, headers: {}, endpoint });
  // Long enough for the end of the connection to arrive.
  for (let count = 0; count < 200; count++) await turn();
  return response;
}

describe("a response that ends with its connection before its reader has read it is whole", () => {
  test.each(
    SIZES.flatMap((size) => [
      ["with a length", size, `${HEAD}Content-Length: ${size}\r\n\r\n${body(size)}`] as const,
      [
        "in chunks",
        size,
        `${HEAD}Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${body(size)}\r\n0\r\n\r\n`,
      ] as const,
      ["up to the end", size, `${HEAD}\r\n${body(size)}`] as const,
    ]),
  )("%s, of %d bytes", async (_, size, text) => {
    const response = await lateResponse(text);
    expect((await response.body.text()).length).toBe(size);
  });
});

describe("one that is cut is not", () => {
  test.each([
    ["with a length", `${HEAD}Content-Length: 99999\r\n\r\n${body(64 * 1024)}`],
    ["in chunks", `${HEAD}Transfer-Encoding: chunked\r\n\r\n10000\r\n${body(64 * 1024)}`],
  ])("%s", async (_, text) => {
    const response = await lateResponse(text);
    await expect(response.body.text()).rejects.toThrow();
  });
});
