import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../server/src/base/error-codes.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import type { Tag } from "../../../server/src/oci/reference.ts";
import type { Harness } from "../../support/registry/client-harness.ts";
import { IMAGE_MANIFEST, requestLines, sampleContent, withClient } from "../../support/registry/client-harness.ts";
import type { Fault, FaultRow } from "../../support/registry/faults.ts";

const TAG = "1.0" as Tag;
const { manifestDigest } = sampleContent();
const MISSING = digestOf(Buffer.from("not there"));
const HEAD = { digest: manifestDigest, contentType: IMAGE_MANIFEST.mediaType, size: IMAGE_MANIFEST.bytes.length };
const PINGS = ["GET /v2/ 200"];
const BY_TAG = "/v2/team/app/manifests/1.0";
const BY_DIGEST = `/v2/team/app/manifests/${manifestDigest}`;

const onGet = (fault: Fault, times?: number): FaultRow => ({
  method: "GET",
  path: /manifests/,
  fault,
  ...(times !== undefined && { times }),
});
const onHead = (fault: Fault, times?: number): FaultRow => ({ ...onGet(fault, times), method: "HEAD" });
const status = (code: number, body = "", headers: Record<string, string> = {}): Fault => ({
  do: "answer",
  status: code,
  body,
  headers,
});
const errorBody = (code: string, message: string) => JSON.stringify({ errors: [{ code, message }] });

describe("a tag is resolved by HEAD, and by GET where HEAD is answered badly", () => {
  test.each<[string, FaultRow[], requests: string[]]>([
    ["HEAD suffices", [], [`HEAD ${BY_TAG} 200`]],
    [
      "no digest",
      [onHead({ do: "headers", headers: { "Docker-Content-Digest": null } })],
      [`HEAD ${BY_TAG} 200`, `GET ${BY_TAG} 200`],
    ],
    [
      "a digest that is none",
      [onHead({ do: "headers", headers: { "Docker-Content-Digest": "sha256:../../x" } })],
      [`HEAD ${BY_TAG} 200`, `GET ${BY_TAG} 200`],
    ],
    ["405", [onHead(status(405))], [`HEAD ${BY_TAG} 405`, `GET ${BY_TAG} 200`]],
    ["403", [onHead(status(403))], [`HEAD ${BY_TAG} 403`, `GET ${BY_TAG} 200`]],
    ["404", [onHead(status(404))], [`HEAD ${BY_TAG} 404`, `GET ${BY_TAG} 200`]],
    ["400", [onHead(status(400))], [`HEAD ${BY_TAG} 400`, `GET ${BY_TAG} 200`]],
    ["503 once", [onHead(status(503), 1)], [`HEAD ${BY_TAG} 503`, `HEAD ${BY_TAG} 200`]],
  ])("%s", async (_name, faults, requests) => {
    await withClient({ registry: { faults } }, async ({ client, target, registry }) => {
      expect(await client.resolve(target, TAG)).toEqual(HEAD);
      expect(requestLines(registry)).toEqual([...PINGS, ...requests]);
    });
  });

  test("a digest is resolved to itself only", async () => {
    const lie = onHead({ do: "headers", headers: { "Docker-Content-Digest": MISSING } });
    await withClient({ registry: { faults: [lie] } }, async ({ client, target, registry }) => {
      expect(await client.resolve(target, manifestDigest)).toEqual(HEAD);
      expect(requestLines(registry)).toEqual([...PINGS, `HEAD ${BY_DIGEST} 200`, `GET ${BY_DIGEST} 200`]);
    });
  });

  test("the content type loses its parameters, and may be missing", async () => {
    const typed = (value: string | null) => onHead({ do: "headers", headers: { "Content-Type": value } }, 1);
    const faults = [typed("application/json; charset=utf-8"), typed(null), typed(`${HEAD.contentType}; charset`)];
    await withClient({ registry: { faults } }, async ({ client, target }) => {
      expect(await client.resolve(target, TAG)).toEqual({ ...HEAD, contentType: "application/json" });
      expect(await client.resolve(target, TAG)).toEqual({ ...HEAD, contentType: null });
      // Malformed parameters, which skopeo takes for no type at all.
      expect(await client.resolve(target, TAG)).toEqual({ ...HEAD, contentType: null });
    });
  });

  test("HEAD and GET ask for the same types, say who asks, and want no encoding", async () => {
    await withClient({ registry: { faults: [onHead(status(405))] } }, async ({ client, target, registry }) => {
      await client.resolve(target, TAG);
      const headers = registry.requests.slice(1).map(({ headers }) => headers);
      expect(headers.map(({ accept }) => accept)).toEqual([
        "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.index.v1+json",
        headers[0]?.accept,
      ]);
      expect(headers.map((one) => [one["user-agent"], one["accept-encoding"]])).toEqual([
        ["dockpin/1.2.3", "identity"],
        ["dockpin/1.2.3", "identity"],
      ]);
    });
  });
});

describe("a manifest is its bytes, verified", () => {
  const MANIFEST = { ...HEAD, bytes: IMAGE_MANIFEST.bytes };
  const other = Buffer.from('{"schemaVersion":2}');

  test("by tag and by digest, over one ping", async () => {
    await withClient({}, async ({ client, target, registry }) => {
      expect(comparable(await client.manifest(target, TAG))).toEqual(comparable(MANIFEST));
      expect(comparable(await client.manifest(target, manifestDigest))).toEqual(comparable(MANIFEST));
      expect(requestLines(registry)).toEqual([...PINGS, `GET ${BY_TAG} 200`, `GET ${BY_DIGEST} 200`]);
    });
  });

  test("a wrong announced digest gives way to the bytes' own, with a warning", async () => {
    const lie = onGet({ do: "headers", headers: { "Docker-Content-Digest": MISSING } });
    await withClient({ registry: { faults: [lie] } }, async ({ client, target, logged }) => {
      expect((await client.manifest(target, TAG)).digest).toBe(manifestDigest);
      expect(logged.join("\n")).toContain("announced with a digest that its manifest does not have");
    });
  });

  test("other bytes than the digest's are fetched once more past all caches", async () => {
    const wrong = onGet({ do: "body", body: other }, 1);
    await withClient({ registry: { faults: [wrong] } }, async ({ client, target, registry }) => {
      expect((await client.manifest(target, manifestDigest)).digest).toBe(manifestDigest);
      expect(registry.requests.map(({ headers }) => headers["cache-control"])).toEqual([
        undefined,
        undefined,
        "no-cache",
      ]);
    });
  });

  test.each<[string, FaultRow]>([
    ["cut off once", onGet({ do: "cut", afterBytes: 10 }, 1)],
    ["reset once", onGet({ do: "reset" }, 1)],
    ["500 once", onGet(status(500), 1)],
    ["502 once", onGet(status(502), 1)],
  ])("%s, it is fetched again", async (_name, fault) => {
    await withClient({ registry: { faults: [fault] } }, async ({ client, target, clock }) => {
      expect((await client.manifest(target, TAG)).digest).toBe(manifestDigest);
      expect(clock.slept).toEqual([500]);
    });
  });

  test("compressed although nobody asked, it is decoded", async () => {
    const compressed = onGet({
      do: "body",
      body: gzipSync(IMAGE_MANIFEST.bytes),
      headers: { "Content-Encoding": "gzip" },
    });
    await withClient({ registry: { faults: [compressed] } }, async ({ client, target }) => {
      expect((await client.manifest(target, manifestDigest)).digest).toBe(manifestDigest);
      expect((await client.manifest(target, TAG)).digest).toBe(manifestDigest);
    });
  });

  test("4 MiB are accepted, one byte more is not", async () => {
    const limit = 4 * 1024 * 1024;
    const faults = [limit, limit + 1].map((size) => onGet({ do: "body", body: Buffer.alloc(size, " ") }, 1));
    await withClient({ registry: { faults } }, async ({ client, target }) => {
      expect((await client.manifest(target, TAG)).size).toBe(limit);
      await expect(client.manifest(target, TAG)).rejects.toMatchObject({ code: "manifest-too-large" });
    });
  });
});

describe("a refused manifest is a coded error that says what to do", () => {
  const html = "<html><script>alert(1)</script></html>";
  const getTag = ({ client, target }: Harness) => client.manifest(target, TAG);
  const getDigest = ({ client, target }: Harness) => client.manifest(target, manifestDigest);
  type Row = [string, (harness: Harness) => Promise<unknown>, FaultRow[], ErrorCode, message: RegExp];
  test.each<Row>([
    [
      "a missing tag",
      ({ client, target }) => client.manifest(target, "9.9" as Tag),
      [],
      "tag-not-found",
      /^127\.0\.0\.1:\d+ answered 404 \(MANIFEST_UNKNOWN: manifest unknown\): 127\.0\.0\.1:\d+\/team\/app has no tag "9\.9"; check the name and the tag\.$/,
    ],
    [
      "a missing tag that is resolved",
      ({ client, target }) => client.resolve(target, "9.9" as Tag),
      [],
      "tag-not-found",
      /has no tag "9\.9"; check the name and the tag\.$/,
    ],
    [
      "a missing digest",
      ({ client, target }) => client.manifest(target, MISSING),
      [],
      "digest-gone",
      /no longer has sha256:[0-9a-f]{12}; update the pin\.$/,
    ],
    [
      "a digest that is resolved and missing",
      ({ client, target }) => client.resolve(target, MISSING),
      [],
      "digest-gone",
      /update the pin\.$/,
    ],
    [
      "an unknown repository",
      getTag,
      [onGet(status(404, errorBody("NAME_UNKNOWN", "repository name not known")))],
      "registry-not-found",
      /\/team\/app was not found; check the registry and the name\.$/,
    ],
    ["404 with HTML", getTag, [onGet(status(404, html))], "registry-not-found", /answered 404 \(Not Found\): /],
    ["404 with nothing", getTag, [onGet(status(404))], "registry-not-found", /answered 404 \(Not Found\): /],
    [
      "404 in Red Hat's words",
      getTag,
      [onGet(status(404, errorBody("UNKNOWN", "Not Found")))],
      "tag-not-found",
      /answered 404 \(UNKNOWN: Not Found\)/,
    ],
    [
      "a web page",
      getTag,
      [onGet({ do: "answer", status: 200, body: html, headers: { "Content-Type": "text/html; charset=utf-8" } })],
      "registry-failed",
      /answered with a web page instead of a manifest of .*\/team\/app; check the registry's name and the network\.$/,
    ],
    [
      "403",
      getTag,
      [onGet(status(403, errorBody("DENIED", "requested access to the resource is denied")))],
      "registry-denied",
      /answered 403 \(DENIED: requested access to the resource is denied\): access to .* is denied; check the name, ask for access, or sign in with "docker login 127/,
    ],
    [
      "400",
      getTag,
      [onGet(status(400, errorBody("MANIFEST_INVALID", "no")))],
      "registry-failed",
      /answered 400 \(MANIFEST_INVALID: no\)/,
    ],
    [
      "500 for good",
      getTag,
      [onGet(status(500))],
      "registry-failed",
      /answered 500 \(Internal Server Error\); try again later\.$/,
    ],
    [
      "429 for good",
      getTag,
      [onGet(status(429, errorBody("TOOMANYREQUESTS", "You have reached your pull rate limit.")))],
      "registry-rate-limited",
      /TOOMANYREQUESTS: You have reached your pull rate limit\.\); wait, or sign in for a higher limit\.$/,
    ],
    [
      "429 with a long wait",
      getTag,
      [onGet(status(429, "", { "Retry-After": "7200" }))],
      "registry-rate-limited",
      /It asks to wait until 2026-11-24 14:00 UTC\.$/,
    ],
    [
      "wrong bytes for good",
      getDigest,
      [onGet({ do: "body", body: Buffer.from("{}") })],
      "digest-mismatch",
      /do not trust/,
    ],
    [
      "reset for good",
      getTag,
      [onGet({ do: "reset" })],
      "registry-unreachable",
      /could not be reached: the connection /,
    ],
    [
      "a message that would take over the terminal",
      getTag,
      [onGet(status(403, errorBody("\u001b[2JX", `\u202ea\n${"b".repeat(500)}`)))],
      "registry-denied",
      /answered 403 \(\[2JX: a b{197}…\)/,
    ],
    [
      "a message with a signed URL",
      getTag,
      [onGet(status(403, errorBody("DENIED", "see https://s3.example/x?X-Amz-Signature=canary")))],
      "registry-denied",
      /see https:\/\/s3\.example\/x\?\*\*\*/,
    ],
  ])("%s", async (_name, act, faults, code, message) => {
    await withClient({ registry: { faults } }, async (harness) => {
      const error: unknown = await act(harness).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect((error as Error).message).not.toMatch(/canary|script/);
    });
  });

  test("429 is tried five times in all, each wait told", async () => {
    const faults = [onGet(status(429))];
    await withClient({ registry: { faults } }, async ({ client, target, registry, options, waits, clock }) => {
      await expect(client.manifest(target, TAG, options)).rejects.toMatchObject({ code: "registry-rate-limited" });
      expect(requestLines(registry)).toHaveLength(1 + 5);
      expect(clock.slept).toEqual([2000, 4000, 8000, 16_000]);
      const reason = `${target.repository.registry} is rate limiting`;
      expect(waits).toEqual(clock.slept.map((milliseconds) => ({ milliseconds, reason })));
    });
  });

  test("429 and 503 wait as long as they ask", async () => {
    const date = "Tue, 24 Nov 2026 12:00:47 GMT";
    const faults = [
      onGet(status(429, "", { "Retry-After": "7" }), 1),
      onGet(status(503, "", { "Retry-After": date }), 1),
    ];
    await withClient({ registry: { faults } }, async ({ client, target, clock }) => {
      expect((await client.manifest(target, TAG)).digest).toBe(manifestDigest);
      expect(clock.slept).toEqual([7000, 40_000]);
    });
  });
});

function comparable(manifest: { bytes: Uint8Array }) {
  return { ...manifest, bytes: Buffer.from(manifest.bytes).toString() };
}
