import { describe, expect, test } from "vitest";
import { endpointOf, maySendCredentials, plainEndpoint } from "../../../server/src/registry/endpoint.ts";

const mapped = new Map([
  ["docker.io", new URL("http://cache.lan:5000")],
  ["ghcr.io", new URL("https://proxy.example/ghcr?x=1#y")],
]);

describe("where the API of a registry is", () => {
  test.each<[registry: string, endpoints: Map<string, URL>, base: string, credentialHost: string]>([
    ["docker.io", new Map(), "https://registry-1.docker.io/", "docker.io"],
    ["registry-1.docker.io", new Map(), "https://registry-1.docker.io/", "registry-1.docker.io"],
    ["quay.io", mapped, "https://quay.io/", "quay.io"],
    ["localhost:5000", new Map(), "https://localhost:5000/", "localhost:5000"],
    ["[::1]:5000", new Map(), "https://[::1]:5000/", "[::1]:5000"],
    ["docker.io", mapped, "http://cache.lan:5000/", "cache.lan:5000"],
    ["ghcr.io", mapped, "https://proxy.example/ghcr/", "proxy.example"],
  ])("%s", (registry, endpoints, base, credentialHost) => {
    const endpoint = endpointOf({ repository: { registry, path: "a/b" }, tlsVerify: true }, endpoints);
    expect(endpoint.base.href).toBe(base);
    expect(endpoint.credentialHost).toBe(credentialHost);
  });

  test.each(["r.example:99999", "1.2.3.999", "[:::]:5000"])("%s has none", (registry) => {
    const target = { repository: { registry, path: "a" }, tlsVerify: true };
    expect(() => endpointOf(target, new Map())).toThrow(
      expect.objectContaining({
        code: "malformed-reference",
        message: `"${registry}" is not a host that can be reached; check the image's name.`,
      }),
    );
  });

  test("by plain http, port and path kept", () => {
    const target = { repository: { registry: "r.example:5000", path: "a" }, tlsVerify: false };
    expect(plainEndpoint(endpointOf(target, new Map())).base.href).toBe("http://r.example:5000/");
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
