import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Certificates } from "../../../server/src/registry/certificates.ts";
import type { HostCertificates } from "../../../server/src/registry/certs-d.ts";
import type { Endpoint } from "../../../server/src/registry/endpoint.ts";
import { createTransport } from "../../../server/src/registry/transport.ts";
import { createTrustStore } from "../../../server/src/registry/trust.ts";
import { createCertificate } from "../../support/certificate.ts";

const NOTHING: HostCertificates = { authorities: [], client: null };
const authority = createCertificate({ hosts: ["registry.corp.example", "127.0.0.1"] });
const client = createCertificate({ hosts: ["client.example"] });
const OF_REGISTRY: HostCertificates = { authorities: [authority.cert], client };

function endpointAt(base: string, more: Partial<Endpoint> = {}): Endpoint {
  const url = new URL(base);
  return {
    registry: url.host,
    credentialHost: url.host,
    base: url,
    tlsVerify: true,
    trustedAuthRealms: [],
    ...more,
  };
}

function certificatesOf(table: Readonly<Record<string, HostCertificates>>): Certificates & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    shared: async () => [],
    of: async (host, registry = host) => {
      asked.push(host === registry ? host : `${host} for ${registry}`);
      return table[host] ?? NOTHING;
    },
  };
}

describe("whose certificates hold for a URL", () => {
  const registry = endpointAt("https://registry.corp.example/");
  const hub = endpointAt("https://registry-1.docker.io/", { registry: "docker.io", credentialHost: "docker.io" });
  const cached = endpointAt("https://cache.corp.example/", {
    registry: "docker.io",
    credentialHost: "cache.corp.example",
  });
  const trusting = { ...registry, trustedAuthRealms: ["login.example"] };
  const behind = endpointAt("https://cdn.example/", { sentFrom: registry });
  test.each<[string, url: string, Endpoint, asked: string[]]>([
    ["the registry itself", "https://registry.corp.example/v2/", registry, ["registry.corp.example"]],
    ["a registry with another name than its API", "https://registry-1.docker.io/v2/", hub, ["docker.io"]],
    [
      "an endpoint that answers for a registry",
      "https://cache.corp.example/v2/",
      cached,
      ["cache.corp.example for docker.io"],
    ],
    [
      "a token service of the same owner",
      "https://gitlab.corp.example/jwt/auth",
      registry,
      ["gitlab.corp.example", "registry.corp.example"],
    ],
    [
      "another port of the registry",
      "https://registry.corp.example:8443/",
      registry,
      ["registry.corp.example:8443", "registry.corp.example"],
    ],
    [
      "a token service that the user trusts",
      "https://login.example/",
      trusting,
      ["login.example", "registry.corp.example"],
    ],
    ["a stranger", "https://cdn.example/blob", registry, ["cdn.example"]],
    ["a stranger that a redirect led to", "https://cdn.example/blob", behind, ["cdn.example"]],
    ["plain http", "http://registry.corp.example/v2/", registry, []],
  ])("%s", async (_name, url, endpoint, asked) => {
    const certificates = certificatesOf({});
    await createTrustStore([], certificates).of(new URL(url), endpoint);
    expect(certificates.asked).toEqual(asked);
  });

  test("connections are shared where nothing special holds, and only there", async () => {
    const store = createTrustStore([], certificatesOf({ "registry.corp.example": OF_REGISTRY }));
    const keyOf = async (url: string) => (await store.of(new URL(url), registry)).key;
    const own = await keyOf("https://registry.corp.example/");
    const sameOwner = await keyOf("https://gitlab.corp.example/");
    const stranger = await keyOf("https://cdn.example/");
    expect(new Set([own, sameOwner, stranger]).size).toBe(3);
    expect(await keyOf("https://other.example/")).toBe(stranger);
    expect(await keyOf("https://auth.corp.example/")).toBe(sameOwner);
  });

  test("what could not be read is read again", async () => {
    let reads = 0;
    const of = async (): Promise<HostCertificates> => {
      reads += 1;
      if (reads === 1) throw new Error("unreadable");
      return NOTHING;
    };
    const store = createTrustStore([], { shared: async () => [], of });
    const url = new URL("https://registry.corp.example/");
    await expect(store.of(url, registry)).rejects.toThrow("unreadable");
    await store.of(url, registry);
    await store.of(url, registry);
    expect(reads).toBe(2);
    store.forget();
    await store.of(url, registry);
    expect(reads).toBe(3);
  });
});

describe("a client's certificate", () => {
  /** Asks for certificates and records whose it got; null for none. */
  async function asking() {
    const seen: (string | null)[] = [];
    const options = { ...authority, requestCert: true, rejectUnauthorized: false };
    const server = createServer(options, (request, response) => {
      const { subjectaltname = null } = (request.socket as TLSSocket).getPeerCertificate();
      seen.push(subjectaltname);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { seen, url: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`) };
  }

  test("is shown to the registry that it is for, and to nobody whom that sends to", async () => {
    const [registry, elsewhere] = [await asking(), await asking()];
    const certificates = certificatesOf({ [registry.url.host]: OF_REGISTRY });
    const timeouts = { connect: 5000, headers: 5000, idleBody: 5000 };
    const transport = createTransport({ timeouts, userAgent: "test", certificates });
    const endpoint = endpointAt(registry.url.href);
    try {
      for (const { url } of [registry, elsewhere]) {
        const response = await transport.send({ method: "GET", url, headers: {}, endpoint });
        await response.body.dump();
      }
      expect(registry.seen).toEqual(["DNS:client.example"]);
      expect(elsewhere.seen).toEqual([null]);
    } finally {
      await transport.close();
    }
  });
});
