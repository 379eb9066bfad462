import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orThrow } from "../../../server/src/base/errors.ts";
import {
  type CredentialFile,
  findHelper,
  findHostEntry,
  findNamespaceEntry,
  parseCredentialFile,
} from "../../../server/src/registry/credential-file.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const password = (username: string, secret: string) => ({ kind: "password", username, password: secret });

function parse(document: unknown, legacy = false) {
  return orThrow(parseCredentialFile(JSON.stringify(document), legacy));
}

function findEntry(file: CredentialFile, repository: { registry: string; path: string }) {
  return findNamespaceEntry(file, repository) ?? findHostEntry(file, repository.registry);
}

describe("an entry of auths", () => {
  test.each<[string, unknown, unknown]>([
    ["auth", { auth: base64("user:pass") }, password("user", "pass")],
    ["a password with colons", { auth: base64("user:p:a:s:s") }, password("user", "p:a:s:s")],
    ["an empty password", { auth: base64("user:") }, password("user", "")],
    ["trailing NUL characters", { auth: base64("user:pass\0\0") }, password("user", "pass")],
    ["no padding", { auth: "dXNlcjpwYXNz".replaceAll("=", "") }, password("user", "pass")],
    ["the URL-safe alphabet", { auth: Buffer.from("u:??>>").toString("base64url") }, password("u", "??>>")],
    ["a robot account", { auth: base64("robot$team+ci:x") }, password("robot$team+ci", "x")],
    ["letters beyond ASCII", { auth: base64("jürgen:größe") }, password("jürgen", "größe")],
    ["username and password", { username: "user", password: "pass" }, password("user", "pass")],
    [
      "an identity token beside auth",
      { auth: base64("user:"), identitytoken: "id" },
      { kind: "identity-token", token: "id" },
    ],
    ["a registry token", { registrytoken: "rt" }, { kind: "registry-token", token: "rt" }],
    ["the user <token>", { auth: base64("<token>:id") }, { kind: "identity-token", token: "id" }],
    [
      "the user of Azure's tokens",
      { auth: base64("00000000-0000-0000-0000-000000000000:id") },
      { kind: "identity-token", token: "id" },
    ],
    ["line breaks", { auth: "dXNlcjpw\r\nYXNz\n" }, password("user", "pass")],
    ["the mark of a credential helper", {}, null],
    ["null", null, null],
    ["an empty auth", { auth: "" }, null],
    ["a user name without a password", { username: "user" }, null],
    [
      "an identity token beside an empty auth",
      { auth: "", identitytoken: "id" },
      { kind: "identity-token", token: "id" },
    ],
    ["members of every object", JSON.parse('{"__proto__":{"auth":"dTpw"}}'), null],
  ])("%s", (_name, entry, credentials) => {
    const found = findEntry(parse({ auths: { "r.example": entry } }), { registry: "r.example", path: "a" });
    expect(found?.credentials ?? null).toEqual(credentials);
  });

  test.each<[string, unknown]>([
    ["without a colon", { auth: base64("secret") }],
    ["without a user name", { auth: base64(":secret") }],
    ["that is not base64", { auth: "c2VjcmV0OnNlY3JldA$$" }],
    ["that is not UTF-8", { auth: Buffer.from([0x75, 0x3a, 0xff, 0xfe]).toString("base64") }],
    ["that is no object", "secret"],
    ["that is an array", ["secret"]],
    ["with a token that is no header value", { registrytoken: "a\r\nb" }],
  ])("%s is named as unreadable, without its content", (_name, entry) => {
    const file = parse({ auths: { "bad.example": entry, "good.example": { auth: base64("u:p") } } });
    expect(file.unreadableKeys).toEqual(["bad.example"]);
    expect([...file.entries.keys()]).toEqual(["good.example"]);
  });
});

describe("the entry for a repository", () => {
  const entry = (name: string) => ({ auth: base64(`${name}:p`) });
  const keys = (...names: string[]) => ({
    auths: Object.fromEntries(names.map((name) => [name, entry(name.replaceAll(":", "|"))])),
  });
  test.each<[string, string[], registry: string, path: string, key: string | null]>([
    ["the host", ["r.example"], "r.example", "a/b", "r.example"],
    [
      "the longest path",
      ["r.example", "r.example/a", "r.example/a/b", "r.example/a/b/c"],
      "r.example",
      "a/b",
      "r.example/a/b",
    ],
    ["a shorter path", ["r.example", "r.example/a"], "r.example", "a/x", "r.example/a"],
    ["no part of a component", ["r.example/a"], "r.example", "ab", null],
    ["the port counts", ["r.example", "r.example:5000"], "r.example:5000", "a", "r.example:5000"],
    ["another port", ["r.example:5000"], "r.example", "a", null],
    ["a URL", ["https://r.example/v1/"], "r.example", "a", "https://r.example/v1/"],
    ["a URL without a path", ["http://r.example:5000"], "r.example:5000", "a", "http://r.example:5000"],
    ["a legacy path without a scheme", ["r.example/v2/"], "r.example", "a", "r.example/v2/"],
    ["Docker Hub's URL", ["https://index.docker.io/v1/"], "docker.io", "library/alpine", "https://index.docker.io/v1/"],
    ["Docker Hub's other names", ["registry-1.docker.io"], "docker.io", "library/alpine", "registry-1.docker.io"],
    ["Docker Hub's name before its URL", ["https://index.docker.io/v1/", "docker.io"], "docker.io", "a/b", "docker.io"],
    ["another repository of Docker Hub", ["docker.io/b"], "docker.io", "a/b", null],
    ["a host that only begins like it", ["r.example.evil"], "r.example", "a", null],
    ["an IPv6 address", ["[::1]:5000"], "[::1]:5000", "a", "[::1]:5000"],
    ["an IPv6 address without brackets", ["::1"], "[::1]", "a", "::1"],
    ["an IPv6 address and port without brackets", ["http://::1:5000/v1/"], "[::1]:5000", "a", "http://::1:5000/v1/"],
    ["another IPv6 address", ["::1"], "[::2]", "a", null],
    ["a URL with a path", ["https://r.example/v2/"], "r.example", "a", "https://r.example/v2/"],
    ["a URL with a user", ["https://r.example@evil.example/"], "r.example", "a", null],
    ["a key with a tag", ["r.example/a:1"], "r.example", "a", null],
    ["a key with a digest", ["r.example/a@sha256"], "r.example", "a", null],
    ["a key of every object", ["r.example"], "__proto__", "constructor", null],
    ["a host that is named so", ["constructor"], "constructor", "a", "constructor"],
    ["upper case", ["Host.example"], "host.example", "a", null],
  ])("%s", (_name, names, registry, path, key) => {
    expect(findEntry(parse(keys(...names)), { registry, path })?.key ?? null).toBe(key);
  });
});

describe("the helper of a registry's own", () => {
  const file = parse({
    credHelpers: { "gcr.io": "gcloud", "https://index.docker.io/v1/": "pass", "r.example": "", "bad.example": 1 },
  });
  test.each([
    ["gcr.io", "gcloud"],
    ["eu.gcr.io", null],
    ["docker.io", "pass"],
    ["r.example", ""],
    ["bad.example", null],
    ["__proto__", null],
  ])("%s: %j", (registry, helper) => {
    expect(findHelper(file, registry)).toBe(helper);
  });
});

test("entries may be named as members of every object are", () => {
  const file = orThrow(
    parseCredentialFile('{"auths":{"__proto__":{"auth":"dTpw"}},"__proto__":{"credsStore":"evil"}}'),
  );
  expect([...file.entries.keys()]).toEqual(["__proto__"]);
  expect(file.store).toBeNull();
});

test("a byte order mark is no content", () => {
  expect(orThrow(parseCredentialFile('\ufeff{"credsStore":"desktop"}')).store).toBe("desktop");
});

test("the legacy file is the auths object itself", () => {
  const file = parse({ "https://index.docker.io/v1/": { auth: base64("u:p"), email: "e" } }, true);
  expect(findEntry(file, { registry: "docker.io", path: "a/b" })?.credentials).toEqual(password("u", "p"));
});

test.each([
  ["what is no JSON", '{"auths": {"r": {"auth": "c2VjcmV0"'],
  ["an array", "[]"],
  ["auths that is no object", '{"auths": []}'],
])("%s is unreadable, and the reason does not quote it", (_name, text) => {
  const result = parseCredentialFile(text);
  expect(result).toMatchObject({ ok: false, problem: { code: "credentials-unreadable" } });
  expect(JSON.stringify(result)).not.toContain("c2VjcmV0");
});

test("any text and any JSON gives a result", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.jsonValue().map((value) => JSON.stringify({ auths: { a: value } })),
      ),
      (text) => {
        expect(parseCredentialFile(text)).toHaveProperty("ok");
      },
    ),
    { numRuns: 500 },
  );
});
