import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readNoProxy } from "../../../server/src/registry/no-proxy.ts";
import { selectProxies } from "../../../server/src/registry/proxy.ts";

describe("NO_PROXY, as Go reads it", () => {
  test.each<[noProxy: string, url: string, isDirect: boolean]>([
    // Nothing is named: only this machine is reached directly.
    ["", "https://example.com/", false],
    ["", "https://localhost/", true],
    ["", "http://localhost:5000/", true],
    ["", "https://127.0.0.1:5000/", true],
    ["", "https://127.1.2.3/", true],
    ["", "https://[::1]/", true],
    ["", "https://[::ffff:127.0.0.1]/", true],
    ["", "https://registry.localhost/", false],
    ["", "https://10.0.0.1/", false],
    // Domains, and their sub-domains.
    ["example.com", "https://example.com/", true],
    ["example.com", "https://sub.example.com/", true],
    ["example.com", "https://sub.sub.example.com:8443/", true],
    ["example.com", "https://notexample.com/", false],
    ["example.com", "https://example.com.evil.example/", false],
    ["EXAMPLE.com", "https://example.com/", true],
    ["example.com", "https://EXAMPLE.com/", true],
    // Sub-domains only.
    [".example.com", "https://sub.example.com/", true],
    [".example.com", "https://example.com/", false],
    ["*.example.com", "https://sub.example.com/", true],
    ["*.example.com", "https://example.com/", false],
    // Ports.
    ["example.com:443", "https://example.com/", true],
    ["example.com:443", "http://example.com/", false],
    ["example.com:5000", "https://sub.example.com:5000/", true],
    ["example.com:5000", "https://example.com/", false],
    [".example.com:80", "http://sub.example.com/", true],
    ["example.com:", "https://example.com:5000/", true],
    // Addresses.
    ["192.168.1.1", "https://192.168.1.1:5000/", true],
    ["192.168.1.1", "https://192.168.1.2/", false],
    ["192.168.1.1:5000", "https://192.168.1.1:5000/", true],
    ["192.168.1.1:5000", "https://192.168.1.1/", false],
    ["2001:db8::1", "https://[2001:db8::1]/", true],
    ["2001:db8:0::0:1", "https://[2001:db8::1]/", true],
    ["[2001:db8::1]:5000", "https://[2001:db8::1]:5000/", true],
    ["[2001:db8::1]:5000", "https://[2001:db8::1]/", false],
    ["[2001:db8::1]", "https://[2001:db8::1]/", false],
    ["::ffff:10.0.0.1", "https://10.0.0.1/", true],
    ["10.0.0.1", "https://[::ffff:10.0.0.1]/", true],
    // Networks.
    ["10.0.0.0/8", "https://10.20.30.40/", true],
    ["10.0.0.0/8", "https://11.0.0.1/", false],
    ["10.1.2.3/8", "https://10.20.30.40/", true],
    ["192.168.1.0/25", "https://192.168.1.127/", true],
    ["192.168.1.0/25", "https://192.168.1.128/", false],
    ["0.0.0.0/0", "https://8.8.8.8/", true],
    ["0.0.0.0/0", "https://example.com/", false],
    ["2001:db8::/52", "https://[2001:db8:0:fff::1]/", true],
    ["2001:db8::/52", "https://[2001:db8:0:1000::1]/", false],
    ["10.0.0.0/33", "https://10.0.0.1/", false],
    // Everything.
    ["*", "https://example.com/", true],
    ["*", "https://8.8.8.8/", true],
    ["foo, *", "https://example.com/", true],
    // Lists.
    [" a.example ,, b.example,", "https://b.example/", true],
    [" a.example ,, b.example,", "https://c.example/", false],
    [",", "https://example.com/", false],
    // What cannot be read matches nothing.
    [":80", "http://example.com/", false],
    ["https://example.com", "https://example.com/", false],
    ["a b", "https://a/", false],
    // Other alphabets are compared as they are sent.
    ["bücher.example", "https://xn--bcher-kva.example/", true],
    [".bücher.example", "https://a.bücher.example/", true],
  ])("%j: %s is reached directly: %s", (noProxy, url, isDirect) => {
    expect(readNoProxy(noProxy.split(","))(new URL(url))).toBe(isDirect);
  });
});

test("no list of hosts and no proxy's URL is beyond reading", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "*",
      ".",
      "*.",
      ":",
      "[",
      "]",
      "/",
      "%",
      "fe80::1%eth0/64",
      "1.2.3.4/99",
      "::/129",
      "[::1]:5000",
      "xn--",
    ),
    fc.ipV4(),
    fc.ipV6(),
    fc.domain(),
  );
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
  const url = fc
    .oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
    )
    .map((host) => new URL(`https://${host}/`));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), text, url, (entries, proxy, target) => {
      expect(typeof readNoProxy(entries)(target)).toBe("boolean");
      try {
        const chosen = selectProxies({ HTTPS_PROXY: proxy })(target);
        expect(chosen === null || /^https?:$/.test(chosen.url.protocol)).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: "proxy-unsupported" });
      }
    }),
    { numRuns: 2000 },
  );
});
