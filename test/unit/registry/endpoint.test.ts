import { describe, expect, test } from "vitest";
import { endpointOf, maySendCredentials, plainEndpoint } from "../../../server/src/registry/endpoint.ts";

describe("where the API of a registry is", () => {
  test.each<[registry: string, url: string | null, base: string, credentialHost: string]>([
    ["docker.io", null, "https://registry-1.docker.io/", "docker.io"],
    ["registry-1.docker.io", null, "https://registry-1.docker.io/", "registry-1.docker.io"],
    ["quay.io", null, "https://quay.io/", "quay.io"],
    ["localhost:5000", null, "https://localhost:5000/", "localhost:5000"],
    ["[::1]:5000", null, "https://[::1]:5000/", "[::1]:5000"],
    ["docker.io", "http://cache.lan:5000", "http://cache.lan:5000/", "cache.lan:5000"],
    ["ghcr.io", "https://proxy.example/ghcr?x=1#y", "https://proxy.example/ghcr/", "proxy.example"],
  ])("%s, answered for by %j", (registry, url, base, credentialHost) => {
    const endpoint = endpointOf(registry, { tlsVerify: true, ...(url !== null && { url: new URL(url) }) });
    expect(endpoint.base.href).toBe(base);
    expect(endpoint.credentialHost).toBe(credentialHost);
  });

  test.each(["r.example:99999", "1.2.3.999", "[:::]:5000"])("%s has none", (registry) => {
    expect(() => endpointOf(registry, { tlsVerify: true })).toThrow(
      expect.objectContaining({
        code: "malformed-reference",
        message: `"${registry}" is not a host that can be reached; check the image's name.`,
      }),
    );
  });

  test("by plain http, port and path kept", () => {
    const url = new URL("https://r.example:5000/below");
    expect(plainEndpoint(endpointOf("r.example", { tlsVerify: false, url })).base.href).toBe(
      "http://r.example:5000/below/",
    );
  });
});

test.each([
  ["https://registry.example/", true],
  ["http://registry.example/", false],
  ["http://127.0.0.1:5000/", true],
  ["http://127.8.9.1:5000/", true],
  ["http://localhost:5000/", true],
  ["http://registry.localhost/", true],
  ["http://[::1]:5000/", true],
  ["http://127.0.0.1.evil.example/", false],
  ["http://10.0.0.1/", false],
])("credentials over %s: %j", (url, allowed) => {
  expect(maySendCredentials(new URL(url))).toBe(allowed);
});
