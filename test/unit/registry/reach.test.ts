import type { LookupFunction } from "node:net";
import { describe, expect, test } from "vitest";
import type { Reach } from "../../../server/src/registry/address.ts";
import { lookUpFrom } from "../../../server/src/registry/connections.ts";
import type { Endpoint } from "../../../server/src/registry/endpoint.ts";
import { selectProxies } from "../../../server/src/registry/proxy.ts";
import { createTransport, type Transport } from "../../../server/src/registry/transport.ts";
import { startForwardProxy } from "../../support/forward-proxy.ts";
import { sampleContent } from "../../support/registry/client-harness.ts";
import { startRegistry, type TestRegistry } from "../../support/registry/server.ts";

const timeouts = { connect: 5000, headers: 5000, idleBody: 5000 };

function endpointAt(base: string): Endpoint {
  const url = new URL(base);
  return { registry: url.host, credentialHost: url.host, base: url, tlsVerify: true, trustedAuthRealms: [] };
}

/** Gives what the table says for a name; the single answers are given as Node's own resolver gives them. */
function resolver(addresses: Readonly<Record<string, readonly string[]>>): LookupFunction {
  return (name, _options, callback) => {
    const found = (addresses[name] ?? []).map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    callback(null, found, 0);
  };
}

async function ask(transport: Transport, url: string, endpoint: Endpoint): Promise<number> {
  const response = await transport.send({ method: "GET", url: new URL(url), headers: {}, endpoint });
  await response.body.dump();
  return response.status;
}

/** Runs `use` with a server on loopback, which must not be asked anything unless it says so. */
async function withServer(use: (server: TestRegistry, port: string) => Promise<void>): Promise<void> {
  const server = await startRegistry(sampleContent().content);
  try {
    await use(server, server.host.replace("127.0.0.1:", ""));
  } finally {
    await server.close();
  }
}

describe("a public registry cannot send anyone into a network that it does not see itself", () => {
  test.each<[string, host: string, message: RegExp]>([
    [
      "this machine by a name",
      "rebound.example",
      /to rebound\.example, which is in truth this machine, so nothing was/,
    ],
    ["this machine by its own name", "localhost", /to localhost, which is in truth this machine/],
    ["this machine by its address", "127.0.0.1", /to 127\.0\.0\.1, which is in truth this machine/],
    ["this machine by IPv6", "[::1]", /to ::1, which is in truth this machine/],
    ["this machine by an IPv6 name", "six.example", /which is in truth this machine/],
    ["the cloud's metadata", "metadata.example", /which is in truth this machine/],
    ["a private network by a name", "inside.example", /to inside\.example, which is in truth a private network/],
    ["a private network by its address", "10.0.0.7", /to 10\.0\.0\.7, which is in truth a private network/],
    ["a private network by IPv6", "[fd00::7]", /which is in truth a private network/],
  ])("%s", async (_name, host, message) => {
    await withServer(async (server, port) => {
      const lookup = resolver({
        "rebound.example": ["127.0.0.1"],
        localhost: ["127.0.0.1", "::1"],
        "six.example": ["::1"],
        "metadata.example": ["169.254.169.254"],
        "inside.example": ["10.0.0.7", "192.168.0.7"],
      });
      const transport = createTransport({ timeouts, userAgent: "test", lookup });
      try {
        const asking = ask(transport, `http://${host}:${port}/`, endpointAt("http://registry.example"));
        await expect(asking).rejects.toMatchObject({
          code: "address-refused",
          message: expect.stringMatching(message),
        });
        expect(server.requests).toEqual([]);
      } finally {
        await transport.close();
      }
    });
  });

  test("nor by what answers of its own redirected to earlier", async () => {
    await withServer(async (server, port) => {
      const lookup = resolver({ "cdn.example": ["127.0.0.1"] });
      const transport = createTransport({ timeouts, userAgent: "test", lookup });
      const frontDoor = endpointAt("http://registry.example");
      const behind = { ...endpointAt(`http://cdn.example:${port}`), sentFrom: frontDoor };
      try {
        await expect(ask(transport, `http://cdn.example:${port}/`, behind)).rejects.toMatchObject({
          code: "address-refused",
        });
        expect(server.requests).toEqual([]);
      } finally {
        await transport.close();
      }
    });
  });

  test("nor can one on a private network send to this machine", async () => {
    await withServer(async (server, port) => {
      const lookup = resolver({ "rebound.lan": ["127.0.0.1"] });
      const transport = createTransport({ timeouts, userAgent: "test", lookup });
      const endpoint = endpointAt("http://10.0.0.1:5000");
      try {
        await expect(ask(transport, `http://rebound.lan:${port}/`, endpoint)).rejects.toMatchObject({
          code: "address-refused",
        });
        expect(server.requests).toEqual([]);
      } finally {
        await transport.close();
      }
    });
  });

  test("nor past the proxy that it is behind", async () => {
    await withServer(async (server, port) => {
      const proxy = await startForwardProxy({ hosts: { "registry.example:80": Number(port) } });
      const lookup = resolver({ "inside.corp.example": ["127.0.0.1"] });
      const proxies = selectProxies({ HTTP_PROXY: proxy.url, NO_PROXY: ".corp.example" });
      const transport = createTransport({ timeouts, userAgent: "test", lookup, proxies });
      const endpoint = endpointAt("http://registry.example");
      try {
        expect(await ask(transport, "http://registry.example/v2/", endpoint)).toBe(200);
        await expect(ask(transport, `http://inside.corp.example:${port}/`, endpoint)).rejects.toMatchObject({
          code: "address-refused",
        });
        expect(server.requests).toHaveLength(1);
      } finally {
        await Promise.all([transport.close(), proxy.close()]);
      }
    });
  });
});

describe("of the addresses of a name, only those are tried that are far enough", () => {
  const answer = ["127.0.0.1", "10.0.0.7", "192.0.2.1", "::1", "fd00::7", "2001:db8::1"];
  test.each<[nearest: Reach, tried: string[]]>([
    ["local", answer],
    ["private", ["10.0.0.7", "192.0.2.1", "fd00::7", "2001:db8::1"]],
    ["public", ["192.0.2.1", "2001:db8::1"]],
  ])("%s", (nearest, tried) => {
    const found: [string, Reach][] = [];
    const lookup = lookUpFrom(nearest, resolver({ "r.example": answer }), (...each) => found.push(each));
    const given: unknown[] = [];
    lookup("r.example", { all: true }, (error, addresses) => given.push(error, addresses));
    lookup("r.example", {}, (error, address, family) => given.push(error, address, family));
    expect(given).toEqual([
      null,
      tried.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      null,
      tried[0],
      4,
    ]);
    expect(found[0]).toEqual(["r.example", "public"]);
  });

  test("a resolver that gives a single address is understood", () => {
    const given: unknown[] = [];
    const lookup = lookUpFrom(
      "public",
      (_name, _options, callback) => callback(null, "192.0.2.1", 4),
      () => {},
    );
    lookup("r.example", { all: true }, (error, addresses) => given.push(error, addresses));
    expect(given).toEqual([null, [{ address: "192.0.2.1", family: 4 }]]);
  });

  test("a resolver's failure is passed on", () => {
    const failure = Object.assign(new Error("no such host"), { code: "ENOTFOUND" });
    const given: unknown[] = [];
    const lookup = lookUpFrom(
      "public",
      (_name, _options, callback) => callback(failure, [], 0),
      () => {},
    );
    lookup("r.example", { all: true }, (error) => given.push(error));
    expect(given).toEqual([failure]);
  });
});

describe("what is allowed", () => {
  test("a token service that the user trusts may be anywhere", async () => {
    await withServer(async (server, port) => {
      const lookup = resolver({ "auth.corp.example": ["127.0.0.1"] });
      const transport = createTransport({ timeouts, userAgent: "test", lookup });
      const endpoint = { ...endpointAt("http://registry.example"), trustedAuthRealms: ["auth.corp.example"] };
      try {
        expect(await ask(transport, `http://auth.corp.example:${port}/v2/`, endpoint)).toBe(200);
        expect(server.requests).toHaveLength(1);
      } finally {
        await transport.close();
      }
    });
  });

  test("the registry itself may be anywhere, and send to where it is", async () => {
    await withServer(async (server, port) => {
      const lookup = resolver({ "registry.lan": ["127.0.0.1"], "auth.lan": ["127.0.0.1"] });
      const transport = createTransport({ timeouts, userAgent: "test", lookup });
      const endpoint = endpointAt(`http://registry.lan:${port}`);
      try {
        expect(await ask(transport, `http://registry.lan:${port}/v2/`, endpoint)).toBe(200);
        expect(await ask(transport, `http://auth.lan:${port}/v2/`, endpoint)).toBe(200);
        expect(await ask(transport, `http://127.0.0.1:${port}/v2/`, endpoint)).toBe(200);
        expect(server.requests).toHaveLength(3);
      } finally {
        await transport.close();
      }
    });
  });
});

describe("a name with several addresses", () => {
  test.each<[string, string[]]>([
    ["IPv6 where only IPv4 answers", ["::1", "127.0.0.1"]],
    ["one that refuses, and one that answers", ["127.0.0.2", "127.0.0.1"]],
  ])("%s", async (_name, addresses) => {
    await withServer(async (server, port) => {
      const lookup = resolver({ "registry.lan": addresses });
      const transport = createTransport({ timeouts, userAgent: "test", lookup });
      try {
        const url = `http://registry.lan:${port}/v2/`;
        expect(await ask(transport, url, endpointAt(url))).toBe(200);
        expect(server.requests).toHaveLength(1);
      } finally {
        await transport.close();
      }
    });
  });

  test("that all refuse is told as one", async () => {
    const closed = await startRegistry(sampleContent().content);
    await closed.close();
    const port = closed.host.replace("127.0.0.1:", "");
    const lookup = resolver({ "registry.lan": ["::1", "127.0.0.1"] });
    const transport = createTransport({ timeouts, userAgent: "test", lookup });
    try {
      const url = `http://registry.lan:${port}/v2/`;
      await expect(ask(transport, url, endpointAt(url))).rejects.toMatchObject({
        problem: {
          code: "registry-unreachable",
          message: `registry.lan:${port} could not be reached: the connection was refused; check the registry's name and the network.`,
        },
      });
    } finally {
      await transport.close();
    }
  });
});

describe("headers", () => {
  test.each(["line\r\nx-injected: 1", "nul\0", "beyond ÿ: Ā"])("%j is not sent", async (authorization) => {
    await withServer(async (server) => {
      const transport = createTransport({ timeouts, userAgent: "test" });
      const request = { method: "GET", url: new URL(server.origin), endpoint: endpointAt(server.origin) } as const;
      try {
        await expect(transport.send({ ...request, headers: { authorization } })).rejects.toMatchObject({
          code: "credentials-unreadable",
          message: expect.stringMatching(/hold characters that cannot be sent \(authorization\)/),
        });
        expect(server.requests).toEqual([]);
      } finally {
        await transport.close();
      }
    });
  });
});
