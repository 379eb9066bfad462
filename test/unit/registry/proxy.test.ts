import { describe, expect, test } from "vitest";
import { type NetworkSettings, selectProxies } from "../../../server/src/registry/proxy.ts";

const HTTPS = new URL("https://registry.example/v2/");
const HTTP = new URL("http://registry.example:5000/v2/");
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

describe("the environment's proxy, as Go chooses it", () => {
  test.each<[Record<string, string>, https: string | null, http: string | null]>([
    [{}, null, null],
    [{ HTTPS_PROXY: "http://p:3128" }, "http://p:3128", null],
    [{ https_proxy: "http://p:3128" }, "http://p:3128", null],
    [{ HTTPS_PROXY: "http://p:3128", https_proxy: "http://q:3128" }, "http://p:3128", null],
    [{ HTTPS_PROXY: "", https_proxy: "http://q:3128" }, "http://q:3128", null],
    [{ HTTP_PROXY: "http://p:3128" }, null, "http://p:3128"],
    [{ http_proxy: "http://p:3128" }, null, "http://p:3128"],
    [{ HTTP_PROXY: "http://p:3128", REQUEST_METHOD: "GET" }, null, null],
    [{ ALL_PROXY: "http://p:3128", all_proxy: "http://p:3128" }, null, null],
    [{ HTTPS_PROXY: "https://p:3129/ignored" }, "https://p:3129", null],
    [{ HTTPS_PROXY: "p:3128" }, "http://p:3128", null],
    [{ HTTPS_PROXY: "proxy.example" }, "http://proxy.example", null],
    [{ HTTPS_PROXY: "127.0.0.1:3128" }, "http://127.0.0.1:3128", null],
    [{ HTTPS_PROXY: "http://[2001:db8::1]:3128" }, "http://[2001:db8::1]:3128", null],
    [{ HTTPS_PROXY: "http://p:3128", NO_PROXY: "other.example,.registry.example" }, "http://p:3128", null],
    [{ HTTPS_PROXY: "http://p:3128", HTTP_PROXY: "http://p:3128", NO_PROXY: "registry.example" }, null, null],
    [{ HTTPS_PROXY: "http://p:3128", no_proxy: "*" }, null, null],
    [{ HTTPS_PROXY: "http://p:1", HTTP_PROXY: "http://p:1", NO_PROXY: "registry.example:5000" }, "http://p:1", null],
  ])("%j: %s, %s", (environment, https, http) => {
    const proxyOf = selectProxies(environment);
    expect(proxyOf(HTTPS)?.url.origin ?? null).toBe(https);
    expect(proxyOf(HTTP)?.url.origin ?? null).toBe(http);
  });
});

describe("an editor's settings go before the environment", () => {
  const environment = { HTTPS_PROXY: "http://env:3128", NO_PROXY: "registry.example" };
  test.each<[NetworkSettings, https: string | null, http: string | null]>([
    [{}, null, null],
    [{ proxy: "" }, null, null],
    [{ noProxy: ["other.example"] }, "http://env:3128", null],
    [{ noProxy: [] }, null, null],
    [{ proxy: "http://set:3128", noProxy: ["other.example"] }, "http://set:3128", "http://set:3128"],
    [{ proxy: "http://set:3128" }, null, null],
  ])("%j: %s, %s", (settings, https, http) => {
    const proxyOf = selectProxies(environment, settings);
    expect(proxyOf(HTTPS)?.url.origin ?? null).toBe(https);
    expect(proxyOf(HTTP)?.url.origin ?? null).toBe(http);
  });

  test("localhost is never reached through a proxy", () => {
    expect(selectProxies({}, { proxy: "http://set:3128" })(new URL("https://localhost:5000/"))).toBe(null);
  });

  test("the proxy's certificate is verified unless the setting says otherwise", () => {
    expect(selectProxies({}, { proxy: "https://set" })(HTTPS)?.tlsVerify).toBe(true);
    expect(selectProxies({}, { proxy: "https://set", proxyStrictSSL: false })(HTTPS)?.tlsVerify).toBe(false);
  });
});

describe("who a proxy is told we are", () => {
  test.each<[proxy: string, NetworkSettings, authorization: string | null]>([
    ["http://p:3128", {}, null],
    ["http://user:pass@p:3128", {}, basic("user:pass")],
    ["http://user@p:3128", {}, basic("user:")],
    ["http://us%40er:p%3Aa%20ss@p:3128", {}, basic("us@er:p:a ss")],
    ["http://user:100%@p:3128", {}, basic("user:100%")],
    ["http://üser:pß@p:3128", {}, basic("üser:pß")],
    ["http://user:pass@p:3128", { proxyAuthorization: "Basic c2V0" }, "Basic c2V0"],
    ["http://p:3128", { proxyAuthorization: "" }, null],
  ])("%s with %j: %s", (proxy, settings, authorization) => {
    const chosen = selectProxies({ HTTPS_PROXY: proxy }, settings)(HTTPS);
    expect(chosen?.authorization).toBe(authorization);
    expect(chosen?.url.href).toBe("http://p:3128/");
  });

  test("what must not be shown is known", () => {
    const chosen = selectProxies({ HTTPS_PROXY: "http://user:canary%40pass@p" })(HTTPS);
    expect(chosen?.secrets).toEqual(
      expect.arrayContaining(["canary@pass", "canary%40pass", basic("user:canary@pass").slice(6)]),
    );
  });
});

describe("a proxy that cannot be used is an error that says where it is named, not what is", () => {
  test.each<[proxy: string, message: RegExp]>([
    ["socks5://user:canary@p:1080", /^The proxy of HTTPS_PROXY cannot be used: proxies that speak socks5 are not/],
    ["socks5h://p:1080", /socks5h/],
    ["ftp://p", /proxies that speak ftp are not supported; name one as http:\/\/HOST:PORT/],
    ["http://", /what is named there is not the URL of a proxy/],
    ["http://user:canary@p:port", /what is named there is not the URL of a proxy/],
  ])("%s", (proxy, message) => {
    const proxyOf = selectProxies({ HTTPS_PROXY: proxy });
    expect(() => proxyOf(HTTPS)).toThrow(expect.objectContaining({ code: "proxy-unsupported" }));
    expect(() => proxyOf(HTTPS)).toThrow(message);
    expect(() => proxyOf(HTTPS)).not.toThrow(/canary/);
    expect(proxyOf(HTTP)).toBe(null);
  });
});
