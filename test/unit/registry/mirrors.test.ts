import { describe, expect, test } from "vitest";
import { digestOf } from "../../../server/src/oci/digest.ts";
import type { Descriptor } from "../../../server/src/oci/manifest.ts";
import type { Tag } from "../../../server/src/oci/reference.ts";
import type { Credentials } from "../../../server/src/registry/credentials.ts";
import {
  type Harness,
  LAYER,
  requestLines,
  rulesFor,
  sampleContent,
  withClient,
} from "../../support/registry/client-harness.ts";
import type { FaultRow } from "../../support/registry/faults.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "../../support/registry/server.ts";

const TAG = "1.0" as Tag;
const { manifestDigest, layerDigest } = sampleContent();
const MANIFEST = `/v2/team/app/manifests/${manifestDigest}`;
const BLOB = `/v2/team/app/blobs/${layerDigest}`;
const layer: Descriptor = {
  mediaType: "application/vnd.oci.image.layer.v1.tar",
  digest: layerDigest,
  size: LAYER.length,
  urls: [],
  annotations: {},
};
const on = (path: RegExp, fault: FaultRow["fault"], times?: number): FaultRow => ({
  path,
  fault,
  ...(times !== undefined && { times }),
});

interface Scene extends Omit<Harness, "registry"> {
  readonly primary: TestRegistry;
  readonly mirrors: readonly TestRegistry[];
}

/** `r.example` with mirrors, all with the same content; the mirrors first in the order of their options. */
async function withMirrors(
  mirrorOptions: readonly RegistryOptions[],
  use: (scene: Scene) => Promise<void>,
  options: { readonly primary?: RegistryOptions; readonly credentials?: Credentials; readonly extra?: string[] } = {},
): Promise<void> {
  const mirrors = await Promise.all(mirrorOptions.map((each) => startRegistry(sampleContent().content, each)));
  const primary = await startRegistry(sampleContent().content, options.primary);
  const places = [...(options.extra ?? []), ...mirrors.map(({ origin }) => origin)];
  const rules = rulesFor({ "r.example": { endpoint: primary.origin, mirrors: places } });
  try {
    const { credentials } = options;
    await withClient({ client: { rules }, ...(credentials && { credentials }) }, async (harness) => {
      const target = { repository: { registry: "r.example", path: "team/app" }, tlsVerify: true };
      await use({ ...harness, target, primary, mirrors });
    });
  } finally {
    await Promise.all([primary, ...mirrors].map((each) => each.close()));
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** What was asked of a registry, the ping left out. */
const asked = (registry: TestRegistry) => requestLines(registry).filter((line) => !line.startsWith("GET /v2/ "));

describe("mirrors", () => {
  test("give what a digest names; the primary says what tags mean and whether it still has a digest", async () => {
    await withMirrors([{}], async ({ client, target, primary, mirrors: [mirror] }) => {
      expect((await client.resolve(target, TAG)).digest).toBe(manifestDigest);
      expect((await client.manifest(target, TAG)).digest).toBe(manifestDigest);
      expect((await client.resolve(target, manifestDigest)).digest).toBe(manifestDigest);
      for await (const page of client.tags(target, 5)) expect(page).toEqual([TAG]);
      expect(asked(mirror!)).toEqual([]);
      expect((await client.manifest(target, manifestDigest)).digest).toBe(manifestDigest);
      expect((await collect(client.blob(target, layer))).equals(LAYER)).toBe(true);
      expect(asked(mirror!)).toEqual([`GET ${MANIFEST} 200`, `GET ${BLOB} 200`]);
      expect(asked(primary)).not.toContain(`GET ${BLOB} 200`);
    });
  });

  const flipped = Buffer.from(LAYER);
  flipped[100]! ^= 1;
  test.each<[string, FaultRow[]]>([
    ["does not have it", [on(/manifests|blobs/, { do: "answer", status: 404 })]],
    ["does not work", [on(/manifests|blobs/, { do: "answer", status: 500 })]],
    ["limits the rate", [on(/manifests|blobs/, { do: "answer", status: 429, headers: { "Retry-After": "60" } })]],
    ["wants an account", [on(/manifests|blobs/, { do: "answer", status: 401 })]],
    ["breaks off", [on(/manifests|blobs/, { do: "cut", afterBytes: 7 })]],
    ["sends elsewhere", [on(/manifests|blobs/, { do: "redirect", location: "file:///etc/passwd" })]],
    [
      "is no registry",
      [on(/./, { do: "answer", status: 200, headers: { "Content-Type": "text/html" }, body: "<html>" })],
    ],
  ])("one that %s gives way to the next, and that to the primary, without a wait", async (_name, faults) => {
    await withMirrors([{ faults }, { faults }], async ({ client, target, primary, mirrors, clock, logged }) => {
      expect((await client.manifest(target, manifestDigest)).digest).toBe(manifestDigest);
      expect(asked(primary)).toEqual([`GET ${MANIFEST} 200`]);
      for (const mirror of mirrors) expect(asked(mirror)).not.toEqual([]);
      expect(clock.slept).toEqual([]);
      expect(logged.filter((line) => /^The mirror 127\.0\.0\.1:\d+ was of no help: /.test(line))).toHaveLength(2);
    });
  });

  test("a download that breaks off goes on at the next", async () => {
    const faults = [on(/blobs/, { do: "cut", afterBytes: 700 })];
    await withMirrors([{ faults }, { faults }], async ({ client, target, primary, mirrors, clock }) => {
      expect((await collect(client.blob(target, layer))).equals(LAYER)).toBe(true);
      const ranges = [...mirrors, primary].map(({ requests }) => requests.at(-1)?.headers.range);
      expect(ranges).toEqual([undefined, "bytes=700-", "bytes=1400-"]);
      expect(clock.slept).toEqual([]);
    });
  });

  test("one that lies is found out, and passed over when asked again", async () => {
    const lie: FaultRow[] = [
      on(/blobs/, { do: "body", body: flipped }),
      on(/manifests/, { do: "body", body: Buffer.from("{}") }),
    ];
    await withMirrors([{ faults: lie }], async ({ client, target, primary, mirrors: [mirror] }) => {
      await expect(collect(client.blob(target, layer))).rejects.toMatchObject({ code: "digest-mismatch" });
      expect((await collect(client.blob(target, layer, { fresh: true }))).equals(LAYER)).toBe(true);
      expect(primary.requests.at(-1)?.headers["cache-control"]).toBe("no-cache");
      expect((await client.manifest(target, manifestDigest)).digest).toBe(manifestDigest);
      expect(asked(mirror!).filter((line) => line.includes("blobs"))).toHaveLength(1);
    });
  });

  test("one that cannot be reached is left alone for five minutes", async () => {
    const gone = await startRegistry(new Map());
    await gone.close();
    await withMirrors(
      [{}],
      async ({ client, target, mirrors: [mirror], clock, logged }) => {
        const complaints = () => logged.filter((line) => line.startsWith("The mirror ")).length;
        for (let index = 0; index < 3; index += 1) await client.manifest(target, manifestDigest);
        expect(complaints()).toBe(1);
        clock.advance(5 * 60_000);
        await client.manifest(target, manifestDigest);
        expect(complaints()).toBe(2);
        expect(asked(mirror!)).toHaveLength(4);
      },
      { extra: [gone.origin] },
    );
  });

  test("that fail like the primary are named beside it", async () => {
    const missing = digestOf(Buffer.from("not there"));
    await withMirrors([{}, { faults: [on(/./, { do: "answer", status: 500 })] }], async ({ client, target }) => {
      await expect(client.manifest(target, missing)).rejects.toMatchObject({
        code: "digest-gone",
        message: expect.stringMatching(
          /r\.example\/team\/app no longer has sha256:[0-9a-f]{12}; update the pin\. Elsewhere it was not to be had either: 127\.0\.0\.1:\d+ \(digest-gone\); 127\.0\.0\.1:\d+ \(registry-failed\)\.$/,
        ),
      });
      await expect(collect(client.blob(target, { ...layer, digest: missing }))).rejects.toMatchObject({
        code: "blob-missing",
        message: expect.stringMatching(/Elsewhere it was not to be had either: 127\.0\.0\.1:\d+ \(blob-missing\)/),
      });
    });
  });

  test("never get the credentials of the primary, but their own", async () => {
    const account = { username: "user", password: "canary-password" };
    const asksFor: string[] = [];
    const mirror = await startRegistry(sampleContent().content, { authorization: { scheme: "basic", account } });
    const primary = await startRegistry(sampleContent().content);
    const rules = rulesFor({ "r.example": { endpoint: primary.origin, mirrors: [mirror.origin] } });
    try {
      const credentials = async ({ registry }: { readonly registry: string }) => {
        asksFor.push(registry);
        return { credentials: null, source: "nobody" };
      };
      await withClient({ client: { rules, credentials } }, async ({ client }) => {
        const target = { repository: { registry: "r.example", path: "team/app" }, tlsVerify: true };
        await client.manifest(target, manifestDigest);
      });
      expect(new Set(asksFor)).toEqual(new Set([mirror.host]));
      expect(mirror.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    } finally {
      await Promise.all([mirror.close(), primary.close()]);
    }
  });
});

describe("an aborted request", () => {
  test("ends with the signal's reason, and no mirror is to blame", async () => {
    const stalled = [on(/manifests/, { do: "stall", afterBytes: null })];
    await withMirrors([{ faults: stalled }], async ({ client, target, mirrors: [mirror], logged }) => {
      const controller = new AbortController();
      const reason = new Error("stopped by the user");
      const outcome = expect(client.manifest(target, manifestDigest, { signal: controller.signal })).rejects.toBe(
        reason,
      );
      while (asked(mirror!).length === 0) await new Promise((resolve) => setImmediate(resolve));
      controller.abort(reason);
      await outcome;
      expect(logged.filter((line) => line.startsWith("The mirror "))).toEqual([]);
    });
  });
});
