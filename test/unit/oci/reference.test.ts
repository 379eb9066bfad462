import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestFromHex } from "../../../server/src/oci/digest.ts";
import { isTag, parseReference, parseRepository, parseTag, printReference } from "../../../server/src/oci/reference.ts";

const DIGEST = digestFromHex("0123456789abcdef".repeat(4));
const HEX_64 = "a".repeat(64);

describe("a reference is normalised", () => {
  test.each([
    // Docker Hub, short and long
    ["ubuntu", "docker.io/library/ubuntu"],
    ["ubuntu:24.04", "docker.io/library/ubuntu:24.04"],
    ["library/ubuntu", "docker.io/library/ubuntu"],
    ["docker.io/ubuntu", "docker.io/library/ubuntu"],
    ["index.docker.io/ubuntu", "docker.io/library/ubuntu"],
    ["docker.io/busybox:1", "docker.io/library/busybox:1"],
    ["index.docker.io/busybox:1", "docker.io/library/busybox:1"],
    ["nixos/nix:2.19.3", "docker.io/nixos/nix:2.19.3"],
    ["grafana/grafana", "docker.io/grafana/grafana"],
    ["docker.io/grafana/grafana", "docker.io/grafana/grafana"],
    [`x/${HEX_64}`, `docker.io/x/${HEX_64}`],
    // hosts that are not folded into Docker Hub
    ["registry-1.docker.io/library/ubuntu", "registry-1.docker.io/library/ubuntu"],
    ["Docker.io/a", "Docker.io/a"],
    ["docker.io:443/a", "docker.io:443/a"],
    // what makes a host
    ["localhost/foo", "localhost/foo"],
    ["localhost:5000/foo", "localhost:5000/foo"],
    ["localhost:5000/a/b:T_1.x", "localhost:5000/a/b:T_1.x"],
    ["foo:5000/bar", "foo:5000/bar"],
    ["foo.bar/baz", "foo.bar/baz"],
    ["a.b/c", "a.b/c"],
    ["quay.io/x/y:1", "quay.io/x/y:1"],
    ["Quay.IO/x/y:1", "Quay.IO/x/y:1"],
    ["127.0.0.1:5101/s2:1", "127.0.0.1:5101/s2:1"],
    ["[::1]:5000/x", "[::1]:5000/x"],
    ["[2001:db8::1]/x", "[2001:db8::1]/x"],
    // without a slash there is no host
    ["a.b", "docker.io/library/a.b"],
    ["foo:5000", "docker.io/library/foo:5000"],
    // path components
    ["a--b", "docker.io/library/a--b"],
    ["a----b", "docker.io/library/a----b"],
    ["a__b", "docker.io/library/a__b"],
    ["a_b", "docker.io/library/a_b"],
    // tags and digests
    [`x:${"t".repeat(128)}`, `docker.io/library/x:${"t".repeat(128)}`],
    ["x:_", "docker.io/library/x:_"],
    [`x@${DIGEST}`, `docker.io/library/x@${DIGEST}`],
    [`x:1@${DIGEST}`, `docker.io/library/x:1@${DIGEST}`],
    [`localhost:5000/x@${DIGEST}`, `localhost:5000/x@${DIGEST}`],
  ])("%j is %j", (text, printed) => {
    const parsed = parseReference(text);
    expect(parsed.ok ? printReference(parsed.value) : null).toBe(printed);
  });

  test("into its parts", () => {
    expect(parseReference(`ghcr.io/org/app:1.2@${DIGEST}`)).toEqual({
      ok: true,
      value: { registry: "ghcr.io", path: "org/app", tag: "1.2", digest: DIGEST },
    });
    expect(parseReference("app")).toEqual({
      ok: true,
      value: { registry: "docker.io", path: "library/app", tag: null, digest: null },
    });
  });
});

describe("what is no reference is refused, and the message says why", () => {
  test.each([
    ["", "malformed-reference", "empty"],
    ["@", "malformed-digest", "digest"],
    [`@${DIGEST}`, "malformed-reference", "empty"],
    ["Ubuntu", "malformed-reference", "lower case"],
    ["Foo/bar", "malformed-reference", "lower case"],
    ["docker.io/Foo/bar", "malformed-reference", "lower case"],
    ["quay.io/Org/app:1", "malformed-reference", "lower case"],
    ["LOCALHOST/x", "malformed-reference", "lower case"],
    ["a//b", "malformed-reference", "components"],
    ["/a", "malformed-reference", "components"],
    ["a/", "malformed-reference", "components"],
    ["a..b", "malformed-reference", "components"],
    ["a___b", "malformed-reference", "components"],
    ["-a", "malformed-reference", "components"],
    ["a-", "malformed-reference", "components"],
    ["a/.b", "malformed-reference", "components"],
    ["%2e%2e/x", "malformed-reference", "components"],
    [" ghcr.io/a/b", "malformed-reference", "host name"],
    ["ghcr.io/a/b ", "malformed-reference", "components"],
    ["ghcr.io/a/b\n", "malformed-reference", "components"],
    ["ghcr.io/a\0b", "malformed-reference", "components"],
    ["https://ghcr.io/a/b", "malformed-reference", "scheme"],
    ["HTTP://ghcr.io/a/b:1", "malformed-reference", "scheme"],
    [HEX_64, "malformed-reference", "image ID"],
    [`${HEX_64}:tag`, "malformed-reference", "image ID"],
    ["a:b:c", "malformed-reference", "tag"],
    ["a.b:x/y", "malformed-reference", "host name"],
    ["a.b:/x", "malformed-reference", "host name"],
    ["a..b/x", "malformed-reference", "host name"],
    ["a.b./x", "malformed-reference", "host name"],
    ["-a.b/x", "malformed-reference", "host name"],
    ["a_b.c/x", "malformed-reference", "host name"],
    ["a.b:99999/x", "malformed-reference", "host name"],
    ["256.1.1.1/x", "malformed-reference", "host name"],
    ["::1/x", "malformed-reference", "host name"],
    ["[]/x.y", "malformed-reference", "components"],
    ["[:::]/x", "malformed-reference", "host name"],
    ["[fe80::1%eth0]/x", "malformed-reference", "host name"],
    ["[::ffff:1.2.3.4]/x", "malformed-reference", "host name"],
    [`${"a/".repeat(127)}a`, "malformed-reference", "too long"],
    [`docker.io/library/${"a".repeat(239)}`, "malformed-reference", "too long"],
    ["a".repeat(2000), "malformed-reference", "too long"],
    ["x:", "malformed-tag", "tag"],
    ["x:.a", "malformed-tag", "tag"],
    ["x:-bad", "malformed-tag", "tag"],
    ["x:1+2", "malformed-tag", "tag"],
    ["x:1 ", "malformed-tag", "tag"],
    [`x:${"t".repeat(129)}`, "malformed-tag", "tag"],
    [`r/x@sha256:${"a".repeat(63)}`, "malformed-digest", "64 hexadecimal"],
    [`r/x@sha256:${"a".repeat(65)}`, "malformed-digest", "64 hexadecimal"],
    [`r/x@sha256:${"A".repeat(64)}`, "malformed-digest", "lower case"],
    ["r/x@sha256:../../x", "malformed-digest", "64 hexadecimal"],
    [`r/x@sha512:${"a".repeat(128)}`, "unsupported-digest-algorithm", "sha256"],
  ])("%j: %s", (text, code, why) => {
    const message = expect.stringContaining(why);
    expect(parseReference(text)).toEqual({ ok: false, problem: { code, message } });
  });

  test("a name of 255 characters on Docker Hub is the longest", () => {
    const longest = "a".repeat(255 - "docker.io/library/".length);
    expect(parseReference(longest).ok).toBe(true);
    expect(parseReference(`${longest}a`).ok).toBe(false);
  });
});

describe("an imageName", () => {
  test("is a repository", () => {
    expect(parseRepository("org/app")).toEqual({ ok: true, value: { registry: "docker.io", path: "org/app" } });
  });

  test.each([
    ["org/app:1.2", "a tag does not belong in the name"],
    ["app:latest", "a tag does not belong in the name"],
    [`org/app@${DIGEST}`, "a digest does not belong in the name"],
    [`quay.io/org/app:1@${DIGEST}`, "a digest does not belong in the name"],
  ])("%j holds more", (text, why) => {
    const message = expect.stringContaining(why);
    expect(parseRepository(text)).toEqual({ ok: false, problem: { code: "malformed-reference", message } });
  });
});

test.each([
  ["1.2", true],
  ["T_1.x-", true],
  ["", false],
  ["a/b", false],
  ["a:b", false],
  ["a\n", false],
])("%j as a tag: %s", (text, valid) => {
  expect(parseTag(text).ok).toBe(valid);
  expect(isTag(text)).toBe(valid);
});

const component = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
const registry = fc.stringMatching(/^(?:localhost|[A-Za-z][A-Za-z0-9]{0,5}\.(?:io|Example))(?::[1-9][0-9]{0,3})?$/);
const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((components) => components.join("/"));
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);

test("a full reference is read as what it was made of, and printed as it was", () => {
  fc.assert(
    fc.property(registry, path, fc.option(tag), fc.option(fc.constant(DIGEST)), (host, repository, label, digest) => {
      const text = `${host}/${repository}${label === null ? "" : `:${label}`}${digest === null ? "" : `@${digest}`}`;
      const parsed = parseReference(text);
      expect(parsed).toEqual({ ok: true, value: { registry: host, path: repository, tag: label, digest } });
      expect(parsed.ok && printReference(parsed.value)).toBe(text);
    }),
  );
});

const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

test("any text is read to a fixed point or refused in one line; nothing throws", () => {
  const soup = fc.string({ unit: fc.constantFrom(..."aB0./:@-_[]%\n é") });
  fc.assert(
    fc.property(fc.oneof(soup, anyText), (text) => {
      const parsed = parseReference(text);
      if (parsed.ok) expect(parseReference(printReference(parsed.value))).toEqual(parsed);
      else expect(parsed.problem.message).toMatch(/^.+[.]$/);
    }),
    { numRuns: 200 },
  );
});
