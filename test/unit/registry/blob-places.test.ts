import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../server/src/base/error-codes.ts";
import { type Descriptor, parseManifest } from "../../../server/src/oci/manifest.ts";
import { createTokenService } from "../../support/registry/authorization.ts";
import { LAYER, requestLines, sampleContent, withClient } from "../../support/registry/client-harness.ts";
import type { Fault, FaultRow } from "../../support/registry/faults.ts";
import { startRegistry, type TestRegistry } from "../../support/registry/server.ts";

const { layerDigest } = sampleContent();
const descriptor = (more: Partial<Descriptor> = {}): Descriptor => ({
  mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  digest: layerDigest,
  size: LAYER.length,
  urls: [],
  annotations: {},
  ...more,
});

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function withStore(faults: readonly FaultRow[], use: (store: TestRegistry, url: string) => Promise<void>) {
  const store = await startRegistry(sampleContent().content, { faults });
  try {
    await use(store, `${store.origin}/v2/team/app/blobs/${layerDigest}`);
  } finally {
    await store.close();
  }
}

const missing: FaultRow = { path: /blobs/, fault: { do: "answer", status: 404 } };

describe("a foreign layer", () => {
  test("is the registry's, if it has it", async () => {
    await withStore([], async (store, url) => {
      await withClient({}, async ({ client, target }) => {
        expect((await collect(client.blob(target, descriptor({ urls: [url] })))).equals(LAYER)).toBe(true);
      });
      expect(store.requests).toEqual([]);
    });
  });

  test("is else that of the first URL that works, asked without credentials", async () => {
    await withStore([], async (store, url) => {
      const account = { username: "user", password: "canary-password" };
      const tokens = createTokenService({ account });
      const registry = { faults: [missing], authorization: { scheme: "bearer", tokens } } as const;
      const credentials = { kind: "password", ...account } as const;
      await withClient({ registry, credentials }, async ({ client, target }) => {
        const urls = [`${store.origin}/gone`, url];
        expect((await collect(client.blob(target, descriptor({ urls })))).equals(LAYER)).toBe(true);
      });
      expect(requestLines(store)).toEqual(["GET /gone 404", `GET ${new URL(url).pathname} 200`]);
      expect(JSON.stringify(store.requests)).not.toMatch(/authorization|canary/);
    });
  });

  test("goes on at a URL where the registry broke off", async () => {
    const cut: FaultRow = { path: /blobs/, fault: { do: "cut", afterBytes: 1 } };
    await withStore([], async (store, url) => {
      await withClient({ registry: { faults: [cut] } }, async ({ client, target }) => {
        expect((await collect(client.blob(target, descriptor({ urls: [url] })))).equals(LAYER)).toBe(true);
      });
      expect(store.requests.map(({ headers }) => headers.range)).toEqual(["bytes=5-"]);
    });
  });

  const challenge: Fault = { do: "answer", status: 401, headers: { "WWW-Authenticate": 'Basic realm="give me"' } };
  test.each<[string, Fault | null, url: string | null, ErrorCode, told: RegExp]>([
    [
      "wants an account",
      challenge,
      null,
      "blob-missing",
      /Elsewhere it was not to be had either: 127\.0\.0\.1:\d+ \(registry-failed\)/,
    ],
    [
      "has it not either",
      { do: "answer", status: 404 },
      null,
      "blob-missing",
      /either: 127\.0\.0\.1:\d+ \(blob-missing\)\.$/,
    ],
    ["has something else", { do: "body", body: Buffer.alloc(LAYER.length) }, null, "digest-mismatch", /other content/],
    ["is none", null, "not a URL", "blob-missing", /either: a URL \(redirect-refused\)\.$/],
    ["is a file", null, "file:///etc/passwd", "blob-missing", /\(redirect-refused\)\.$/],
    [
      "has a password",
      null,
      "https://user:canary-password@r.example/x",
      "blob-missing",
      /either: r\.example \(redirect-refused\)\.$/,
    ],
  ])("is missing where a URL %s", async (_name, fault, other, code, told) => {
    await withStore(fault === null ? [] : [{ path: /./, fault }], async (store, url) => {
      await withClient({ registry: { faults: [missing] } }, async ({ client, target }) => {
        const error: unknown = await collect(client.blob(target, descriptor({ urls: [other ?? url] }))).catch(
          (e: unknown) => e,
        );
        expect(error).toMatchObject({ code, message: expect.stringMatching(told) });
        expect(String(error)).not.toContain("canary");
      });
      expect(store.requests.length).toBe(fault === null ? 0 : 1);
    });
  });
});

describe("content inside a descriptor", () => {
  const manifestWith = (data: string, size = LAYER.length) => {
    const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: layerDigest, size, data };
    const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: layerDigest, size: 1 };
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: [layer] }));
    const manifest = parseManifest(bytes, "application/vnd.oci.image.manifest.v1+json");
    if (!manifest.ok || manifest.value.kind !== "image") throw new Error("no image");
    return manifest.value.layers[0]!;
  };

  test.each<[string, data: Buffer, size: number, isAsked: boolean]>([
    ["is taken without a request", LAYER, LAYER.length, false],
    ["of another digest is not", Buffer.alloc(LAYER.length), LAYER.length, true],
    ["of another length is not", LAYER.subarray(1), LAYER.length, true],
    ["is empty", Buffer.alloc(0), LAYER.length, true],
  ])("%s", async (_name, data, size, isAsked) => {
    await withClient({}, async ({ client, target, registry }) => {
      const blob = await collect(client.blob(target, manifestWith(data.toString("base64"), size)));
      expect(blob.equals(LAYER)).toBe(true);
      expect(requestLines(registry).some((line) => line.includes("blobs"))).toBe(isAsked);
    });
  });

  test("over 64 KiB is left aside", () => {
    const large = Buffer.alloc(64 * 1024 + 1);
    expect(manifestWith(large.toString("base64"), large.length).data).toBeUndefined();
    expect(manifestWith(large.subarray(1).toString("base64"), large.length - 1).data).toHaveLength(64 * 1024);
  });
});

describe("a signed URL that has expired", () => {
  test.each([403, 404])("%i from where the registry sends: it is asked for another", async (status) => {
    await withStore([{ path: /blobs/, fault: { do: "answer", status }, times: 1 }], async (store, url) => {
      const redirect: FaultRow = { path: /blobs/, fault: { do: "redirect", location: url } };
      await withClient({ registry: { faults: [redirect] } }, async ({ client, target, registry, clock }) => {
        expect((await collect(client.blob(target, descriptor()))).equals(LAYER)).toBe(true);
        expect(requestLines(registry).slice(1)).toHaveLength(2);
        expect(requestLines(store)).toEqual([
          `GET ${new URL(url).pathname} ${status}`,
          `GET ${new URL(url).pathname} 200`,
        ]);
        expect(clock.slept).toEqual([]);
      });
    });
  });

  test("but once only", async () => {
    await withStore([{ path: /blobs/, fault: { do: "answer", status: 403 } }], async (store, url) => {
      const redirect: FaultRow = { path: /blobs/, fault: { do: "redirect", location: url } };
      await withClient({ registry: { faults: [redirect] } }, async ({ client, target }) => {
        await expect(collect(client.blob(target, descriptor()))).rejects.toMatchObject({
          code: "registry-denied",
          message: expect.stringMatching(/access to the layer sha256:[0-9a-f]{12} of .*\/team\/app is denied/),
        });
      });
      expect(store.requests).toHaveLength(2);
    });
  });
});
