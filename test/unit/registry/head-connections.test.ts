import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { silentLog } from "../../../server/src/base/log.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import type { Tag } from "../../../server/src/oci/reference.ts";
import type { RegistryClient, RegistryTarget } from "../../../server/src/registry/client.ts";
import { createRegistryClient } from "../../../server/src/registry/create-client.ts";
import { createTestClock, IMAGE_MANIFEST } from "../../support/registry/client-harness.ts";

const TAG = "1.0" as Tag;
const { bytes, mediaType } = IMAGE_MANIFEST;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("questions one after the other share a connection, HEADs too", async () => {
  const { client, target, connections } = await clientOf(() => Buffer.alloc(0));
  await client.resolve(target, TAG);
  const opened = connections();
  for (const tag of ["2.0", "3.0", "4.0"] as Tag[]) await client.resolve(target, tag);
  expect(connections()).toBe(opened);
});

test("a server that sends a body after a HEAD is understood all the same", async () => {
  const { client, target } = await clientOf(() => bytes);
  for (let times = 0; times < 5; times += 1) {
    expect((await client.resolve(target, TAG)).digest).toBe(digestOf(bytes));
    expect(Buffer.from((await client.manifest(target, TAG)).bytes)).toEqual(bytes);
  }
});

test("what looks like another answer after a HEAD is not taken for that of the next question", async () => {
  const forged = Buffer.from(
    `HTTP/1.1 200 OK\r\nDocker-Content-Digest: sha256:${"f".repeat(64)}\r\nContent-Length: 7\r\n\r\n`,
  );
  const { client, target } = await clientOf(() => forged);
  for (let times = 0; times < 5; times += 1) {
    expect((await client.resolve(target, TAG)).digest).toBe(digestOf(bytes));
    await new Promise((resolve) => setImmediate(resolve));
  }
});

/** A client of a registry that keeps connections, and sends this after the headers of a HEAD. */
async function clientOf(afterHead: () => Uint8Array): Promise<{
  readonly client: RegistryClient;
  readonly target: RegistryTarget;
  /** How many were opened so far. */
  readonly connections: () => number;
}> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      const [line = ""] = data.toString().split("\r\n");
      const headers = `Docker-Content-Digest: ${digestOf(bytes)}\r\nContent-Type: ${mediaType}\r\nContent-Length: ${bytes.length}`;
      if (line.startsWith("GET /v2/ ")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      else {
        const body = line.startsWith("HEAD") ? afterHead() : bytes;
        socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${headers}\r\n\r\n`), body]));
      }
    });
  });
  await listening(server);
  const address = server.address();
  const port = typeof address === "object" ? address?.port : null;
  const client = createRegistryClient({ log: silentLog, clock: createTestClock(), random: () => 0.5 });
  ends.push(async () => {
    await client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const target = { repository: { registry: `127.0.0.1:${port}`, path: "team/app" }, tlsVerify: false };
  return { client, target, connections: () => sockets.size };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}
