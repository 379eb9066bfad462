import { type AddressInfo, createServer, type LookupFunction, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { Tag } from "../../../server/src/oci/reference.ts";
import type { RegistryClient, RegistryTarget } from "../../../server/src/registry/client.ts";
import { createRegistryClient, type RegistryClientOptions } from "../../../server/src/registry/create-client.ts";
import { type NetworkSettings, selectProxies } from "../../../server/src/registry/proxy.ts";
import { emptyRegistriesConf } from "../../../server/src/registry/registries-conf.ts";
import { createCertificate } from "../../support/certificate.ts";
import { type ForwardProxy, type ForwardProxyOptions, startForwardProxy } from "../../support/forward-proxy.ts";
import {
  createTestClock,
  LAYER,
  requestLines,
  sampleContent,
  type TestClock,
  until,
} from "../../support/registry/client-harness.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "../../support/registry/server.ts";

const TAG = "1.0" as Tag;
const { content, layerDigest, manifestDigest } = sampleContent();
const BLOB = `/v2/team/app/blobs/${layerDigest}`;
const NAME = "registry.dockpin.test";
const ACCOUNT = { username: "proxy-user", password: "canary-proxy" };
const tls = createCertificate({ hosts: [NAME, "127.0.0.1"] });
const BY_HTTP = {
  rules: Promise.resolve({ settings: { [NAME]: { endpoint: `http://${NAME}` } }, conf: emptyRegistriesConf }),
};
const PORT = /:(\d+)$/;

interface Setup {
  readonly registry?: RegistryOptions;
  readonly proxy?: Partial<ForwardProxyOptions>;
  /** The environment for a proxy's URL. */
  readonly environment?: (proxyUrl: string) => Record<string, string>;
  readonly settings?: NetworkSettings;
  readonly client?: Partial<RegistryClientOptions>;
  readonly tlsVerify?: boolean;
}

interface World {
  readonly client: RegistryClient;
  readonly target: RegistryTarget;
  readonly registry: TestRegistry;
  readonly proxy: ForwardProxy;
  readonly clock: TestClock;
  readonly logged: readonly string[];
}

/** A registry that only the proxy knows by its name, by https on 443 and by http on 80. */
async function withProxy(setup: Setup, use: (world: World) => Promise<void>): Promise<void> {
  const registry = await startRegistry(content, setup.registry ?? { tls });
  const port = Number(PORT.exec(registry.host)?.[1]);
  const proxy = await startForwardProxy({ hosts: { [`${NAME}:443`]: port, [`${NAME}:80`]: port }, ...setup.proxy });
  const environment = setup.environment?.(proxy.url) ?? { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url };
  const logged: string[] = [];
  const log = (message: string) => void logged.push(message);
  const clock = createTestClock();
  const client = createRegistryClient({
    log: { debug: log, info: log, warn: log },
    clock,
    certificateAuthorities: [tls.cert],
    proxies: selectProxies(environment, setup.settings),
    ...setup.client,
  });
  const target = { repository: { registry: NAME, path: "team/app" }, tlsVerify: setup.tlsVerify ?? true };
  try {
    await use({ client, target, registry, proxy, clock, logged });
    expect(logged.join("\n")).not.toContain(ACCOUNT.password);
    expect(JSON.stringify(registry.requests)).not.toMatch(/proxy-authorization|cookie/i);
  } finally {
    await client.close();
    await proxy.close();
    await registry.close();
  }
}

const withAccount = (url: string) => url.replace("://", `://${ACCOUNT.username}:${ACCOUNT.password}@`);

async function download({ client, target }: World): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const descriptor = { mediaType: "", digest: layerDigest, size: LAYER.length, urls: [], annotations: {} };
  for await (const chunk of client.blob(target, descriptor)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("a registry behind a proxy", () => {
  test("is reached by https through a tunnel, which is kept", async () => {
    await withProxy({}, async (world) => {
      for (const _ of [1, 2, 3]) expect((await world.client.manifest(world.target, TAG)).digest).toBe(manifestDigest);
      expect((await download(world)).equals(LAYER)).toBe(true);
      expect(world.registry.requests).toHaveLength(5);
      // The second while the answer to the ping was still being read.
      expect(world.proxy.requests.slice(0, 2)).toEqual(world.proxy.requests);
      expect(new Set(world.proxy.requests)).toEqual(new Set([`CONNECT ${NAME}:443`]));
      expect(world.registry.requests[0]?.headers.host).toBe(NAME);
    });
  });

  test("is reached by http by asking the proxy for whole URLs", async () => {
    await withProxy({ registry: {}, client: BY_HTTP }, async (world) => {
      expect((await world.client.manifest(world.target, TAG)).digest).toBe(manifestDigest);
      expect((await download(world)).equals(LAYER)).toBe(true);
      expect(world.proxy.requests).toEqual([
        `GET http://${NAME}/v2/`,
        `GET http://${NAME}/v2/team/app/manifests/1.0`,
        `GET http://${NAME}${BLOB}`,
      ]);
      expect(world.registry.requests[0]?.headers.host).toBe(NAME);
    });
  });

  test("is reached by http after https failed, where tlsVerify is off", async () => {
    await withProxy({ registry: {}, tlsVerify: false }, async ({ client, target, proxy }) => {
      expect((await client.resolve(target, TAG)).digest).toBe(manifestDigest);
      expect(proxy.requests.slice(0, 2)).toEqual([`CONNECT ${NAME}:443`, `GET http://${NAME}/v2/`]);
    });
  });

  test.each<[string, Setup]>([
    ["by https", {}],
    ["by http", { registry: {}, client: BY_HTTP }],
  ])("is reached %s with the proxy's user name and password", async (_name, setup) => {
    const environment = (url: string) => ({ HTTPS_PROXY: withAccount(url), HTTP_PROXY: withAccount(url) });
    await withProxy({ ...setup, proxy: { account: ACCOUNT }, environment }, async ({ client, target }) => {
      expect((await client.resolve(target, TAG)).digest).toBe(manifestDigest);
    });
  });

  test("is reached with the value of http.proxyAuthorization", async () => {
    const proxyAuthorization = `Basic ${Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString("base64")}`;
    await withProxy({ proxy: { account: ACCOUNT }, settings: { proxyAuthorization } }, async ({ client, target }) => {
      expect((await client.resolve(target, TAG)).digest).toBe(manifestDigest);
    });
  });

  test("redirects to it as well, also where they lead to other hosts", async () => {
    const cdn = await startRegistry(content, { tls: createCertificate({ hosts: ["cdn.dockpin.test"] }) });
    const location = `https://cdn.dockpin.test${BLOB}`;
    const registry = { tls, faults: [{ path: /blobs/, fault: { do: "redirect", location } }] } as const;
    const through = await startRegistry(content, registry);
    try {
      const hosts = {
        [`${NAME}:443`]: Number(PORT.exec(through.host)?.[1]),
        "cdn.dockpin.test:443": Number(PORT.exec(cdn.host)?.[1]),
      };
      await withProxy({ proxy: { hosts }, tlsVerify: false }, async (world) => {
        expect((await download(world)).equals(LAYER)).toBe(true);
        expect(new Set(world.proxy.requests)).toEqual(new Set([`CONNECT ${NAME}:443`, "CONNECT cdn.dockpin.test:443"]));
        expect(requestLines(cdn)).toEqual([`GET ${BLOB} 200`]);
      });
    } finally {
      await Promise.all([cdn.close(), through.close()]);
    }
  });
});

describe("a proxy that speaks https", () => {
  const proxyTls = createCertificate({ hosts: ["127.0.0.1"] });
  test("is reached when its certificate is trusted", async () => {
    const client = { certificateAuthorities: [tls.cert, proxyTls.cert] };
    await withProxy({ proxy: { tls: proxyTls }, client }, async ({ client, target, proxy }) => {
      expect((await client.resolve(target, TAG)).digest).toBe(manifestDigest);
      expect(proxy.requests[0]).toBe(`CONNECT ${NAME}:443`);
    });
  });

  test("is an error when it is not, whatever is said of the registry's", async () => {
    await withProxy({ proxy: { tls: proxyTls }, tlsVerify: false }, async ({ client, target, proxy }) => {
      await expect(client.resolve(target, TAG)).rejects.toMatchObject({
        code: "proxy-unreachable",
        message: `The proxy ${proxy.url} of HTTPS_PROXY could not be reached: its certificate is self-signed; check its address, or name the registry in NO_PROXY to do without it.`,
      });
      expect(proxy.requests).toEqual([]);
    });
  });

  test("is reached without a look at its certificate where http.proxyStrictSSL is off", async () => {
    const settings = { proxyStrictSSL: false };
    await withProxy({ proxy: { tls: proxyTls }, settings }, async ({ client, target }) => {
      expect((await client.resolve(target, TAG)).digest).toBe(manifestDigest);
    });
  });
});

describe("what is reached without the proxy", () => {
  const lookup: LookupFunction = (_name, _options, callback) =>
    callback(null, [{ address: "127.0.0.1", family: 4 }], 4);
  test.each<[string, (port: string) => string, noProxy: (port: string) => string]>([
    ["this machine", (port) => `127.0.0.1:${port}`, () => ""],
    ["a domain of NO_PROXY", (port) => `${NAME}:${port}`, () => "dockpin.test"],
    ["a host and port of NO_PROXY", (port) => `${NAME}:${port}`, (port) => `${NAME}:${port}`],
    ["anything, where NO_PROXY says so", (port) => `${NAME}:${port}`, () => "*"],
  ])("%s", async (_name, hostOf, noProxyOf) => {
    const registry = await startRegistry(content, { tls });
    const port = PORT.exec(registry.host)?.[1] ?? "";
    const environment = (url: string) => ({ HTTPS_PROXY: url, NO_PROXY: noProxyOf(port) });
    try {
      await withProxy({ environment, client: { lookup } }, async ({ client, target, proxy }) => {
        const direct = { ...target, repository: { ...target.repository, registry: hostOf(port) } };
        expect((await client.resolve(direct, TAG)).digest).toBe(manifestDigest);
        expect(proxy.requests).toEqual([]);
        expect(registry.requests).not.toEqual([]);
      });
    } finally {
      await registry.close();
    }
  });
});

describe("a proxy that is of no use is an error that names it, and not who we are there", () => {
  const plain = { registry: {}, client: BY_HTTP };
  const wrong = (url: string) => {
    const named = url.replace("://", "://proxy-user:canary-wrong@");
    return { HTTPS_PROXY: named, HTTP_PROXY: named };
  };
  test.each<[string, Setup, code: string, message: RegExp, tries: number]>([
    [
      "it wants a password",
      { proxy: { account: ACCOUNT } },
      "proxy-unauthorized",
      /^The proxy http:\/\/127\.0\.0\.1:\d+ of HTTPS_PROXY wants a user name and password \(407\); write them into its URL, as http:\/\/USER:PASSWORD@127\.0\.0\.1:\d+\.$/,
      1,
    ],
    [
      "it wants another password",
      { proxy: { account: ACCOUNT }, environment: wrong },
      "proxy-unauthorized",
      /refused its user name and password \(407\)/,
      1,
    ],
    [
      "it wants a password for plain http",
      { ...plain, proxy: { account: ACCOUNT } },
      "proxy-unauthorized",
      /of HTTP_PROXY wants a user name and password \(407\)/,
      1,
    ],
    [
      "it may not connect there",
      { proxy: { connectStatus: 403 } },
      "proxy-refused",
      /does not connect to registry\.dockpin\.test:443 \(403\); ask its operator, or name the host in NO_PROXY\.$/,
      1,
    ],
    ["it cannot connect there", { proxy: { hosts: {} } }, "proxy-refused", /registry\.dockpin\.test:443 \(502\)/, 5],
    [
      "it speaks socks",
      { environment: () => ({ HTTPS_PROXY: "socks5://proxy-user:canary-wrong@127.0.0.1:1080" }) },
      "proxy-unsupported",
      /proxies that speak socks5 are not supported/,
      0,
    ],
  ])("%s", async (_name, setup, code, message, tries) => {
    await withProxy(setup, async ({ client, target, registry, proxy, logged }) => {
      const error: unknown = await client.resolve(target, TAG).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(`${String(error)} ${logged.join()}`).not.toContain("canary");
      expect(proxy.requests).toHaveLength(tries);
      expect(registry.requests).toEqual([]);
    });
  });

  test("it is not there", async () => {
    await withProxy({}, async ({ proxy, client, target, clock }) => {
      await proxy.close();
      await expect(client.resolve(target, TAG)).rejects.toMatchObject({
        code: "proxy-unreachable",
        message: `The proxy ${proxy.url} of HTTPS_PROXY could not be reached: the connection was refused; check its address, or name the registry in NO_PROXY to do without it.`,
      });
      expect(clock.slept).toHaveLength(4);
    });
  });

  test("it ends the connection without a word", async () => {
    await withProxy({ proxy: { connectStatus: 200, hosts: {} } }, async ({ client, target }) => {
      await expect(client.resolve(target, TAG)).rejects.toMatchObject({ code: "registry-unreachable" });
    });
  });

  describe("it does not answer", () => {
    /** A server that takes connections and says nothing. */
    async function silent() {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket.on("error", () => undefined).on("close", () => sockets.delete(socket)));
        socket.resume();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const close = () => new Promise((resolve) => server.close(resolve));
      return { url: `http://127.0.0.1:${port}`, sockets, close };
    }

    test("within the time that registries have", async () => {
      const proxy = await silent();
      const environment = () => ({ HTTPS_PROXY: proxy.url });
      const timeouts = { connect: 5000, headers: 100, idleBody: 5000 };
      await withProxy({ environment, client: { timeouts } }, async ({ client, target }) => {
        await expect(client.resolve(target, TAG)).rejects.toMatchObject({
          code: "proxy-unreachable",
          message: expect.stringContaining("could not be reached: it did not answer in time"),
        });
      });
      await until(() => proxy.sockets.size === 0);
      await proxy.close();
    });

    test("and is given up when the client is closed", async () => {
      const proxy = await silent();
      await withProxy({ environment: () => ({ HTTPS_PROXY: proxy.url }) }, async ({ client, target }) => {
        const resolving = client.resolve(target, TAG);
        const refused = expect(resolving).rejects.toMatchObject({ name: "AbortError" });
        await until(() => proxy.sockets.size === 1);
        await client.close();
        await refused;
      });
      await until(() => proxy.sockets.size === 0);
      await proxy.close();
    });
  });
});
