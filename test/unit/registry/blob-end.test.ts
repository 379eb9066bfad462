import { describe, expect, test } from "vitest";
import type { Descriptor } from "../../../server/src/oci/manifest.ts";
import {
  type Harness,
  type HarnessOptions,
  LAYER,
  requestLines,
  rulesFor,
  sampleContent,
  until,
  withClient,
} from "../../support/registry/client-harness.ts";
import { addBlob, repositoryOf } from "../../support/registry/content.ts";
import type { Fault, FaultRow } from "../../support/registry/faults.ts";
import { createGate } from "../../support/registry/gate.ts";
import { startRegistry } from "../../support/registry/server.ts";

const { content, layerDigest } = sampleContent();
const BLOB = `/v2/team/app/blobs/${layerDigest}`;
const SIZE = LAYER.length;

function layer(claims: Partial<Descriptor> = {}): Descriptor {
  return { mediaType: "", digest: layerDigest, size: SIZE, urls: [], annotations: {}, ...claims };
}

const onBlob = (fault: Fault): FaultRow => ({ path: /blobs/, fault });
/** The statuses of the requests for the blob. */
const statuses = ({ registry }: Pick<Harness, "registry">) =>
  requestLines(registry)
    .filter((line) => !line.startsWith("GET /v2/ "))
    .map((line) => line.replace(`GET ${BLOB} `, ""));

describe("the end of a blob", () => {
  test.each([
    ["4 bytes", {}, 4, LAYER.subarray(-4), [`bytes=${SIZE - 4}-${SIZE - 1}`]],
    ["all of a blob that has no more", {}, SIZE, LAYER, [`bytes=0-${SIZE - 1}`]],
    ["all of a blob that has less", {}, SIZE + 1, LAYER, [`bytes=0-${SIZE - 1}`]],
    ["of an empty blob, which needs no request", { size: 0 }, 4, Buffer.alloc(0), []],
  ])("is asked for by range: %s", async (_, claims, count, end, ranges) => {
    await withClient({}, async ({ client, target, registry }) => {
      const bytes = await client.blobEnd(target, layer(claims), count);
      expect(bytes && Buffer.from(bytes)).toEqual(end);
      expect(registry.requests.slice(1).map(({ headers }) => headers.range)).toEqual(ranges);
    });
  });

  test("is asked for where a redirect leads, without credentials", async () => {
    const cdn = await startRegistry(content);
    try {
      const account = { username: "user", password: "canary-password" };
      const options: HarnessOptions = {
        registry: {
          authorization: { scheme: "basic", account },
          faults: [onBlob({ do: "redirect", location: `${cdn.origin}${BLOB}` })],
        },
        credentials: { kind: "password", ...account },
      };
      await withClient(options, async ({ client, target }) => {
        expect(await client.blobEnd(target, layer(), 4)).toEqual(LAYER.subarray(-4));
      });
      expect(cdn.requests.map(({ headers }) => [headers.range, headers.authorization])).toEqual([
        [`bytes=${SIZE - 4}-${SIZE - 1}`, undefined],
      ]);
    } finally {
      await cdn.close();
    }
  });

  test("is the primary's where a mirror does not give it", async () => {
    const mirrors = await Promise.all([
      startRegistry(content, { faults: [onBlob({ do: "answer", status: 503 })] }),
      startRegistry(new Map()),
    ]);
    const primary = await startRegistry(content);
    try {
      const endpoints = mirrors.map(({ origin }) => origin);
      const rules = rulesFor({ "r.example": { endpoint: primary.origin, mirrors: endpoints } });
      await withClient({ client: { rules } }, async ({ client, clock }) => {
        const target = { repository: { registry: "r.example", path: "team/app" }, tlsVerify: true };
        expect(await client.blobEnd(target, layer(), 4)).toEqual(LAYER.subarray(-4));
        expect(clock.slept).toEqual([]);
      });
      expect([...mirrors, primary].map((registry) => statuses({ registry }))).toEqual([["503"], ["404"], ["206"]]);
    } finally {
      await Promise.all([primary, ...mirrors].map((registry) => registry.close()));
    }
  });
});

describe("the end of a blob is null, after one request and no wait,", () => {
  test.each<[string, Fault, status: string]>([
    ["when a range is not known", { do: "headers", status: 200, headers: { "Content-Range": null } }, "200"],
    ["when a range is refused", { do: "answer", status: 416 }, "416"],
    ["when the blob is gone", { do: "answer", status: 404 }, "404"],
    ["when it is refused", { do: "answer", status: 403 }, "403"],
    ["when the registry fails", { do: "answer", status: 503 }, "503"],
    ["when the registry wants patience", { do: "answer", status: 429, headers: { "Retry-After": "100" } }, "429"],
    ["when the connection is reset", { do: "reset" }, "none"],
    ["when it breaks off", { do: "cut", afterBytes: 2 }, "206"],
    ["when it is another part", { do: "headers", headers: { "Content-Range": `bytes 0-3/${SIZE}` } }, "206"],
    ["when it is of another blob", { do: "headers", headers: { "Content-Range": range(SIZE + 1) } }, "206"],
    ["when nothing says what it is", { do: "headers", headers: { "Content-Range": null } }, "206"],
    ["when it is too short", { do: "body", body: Buffer.from("abc") }, "206"],
    [
      "when it is too long",
      { do: "body", body: Buffer.alloc(50_000), headers: { "Content-Length": null, "Transfer-Encoding": "chunked" } },
      "206",
    ],
  ])("%s", async (_, fault, status) => {
    await withClient({ registry: { faults: [onBlob(fault)] } }, async (harness) => {
      const { client, target, clock, options, waits } = harness;
      await client.resolve(target, "1.0" as never);
      expect(await client.blobEnd(target, layer(), 4, options)).toBeNull();
      expect(statuses(harness).slice(1)).toEqual([status]);
      expect([clock.slept, waits]).toEqual([[], []]);
    });
  });

  test("when no size is known of it", async () => {
    await withClient({}, async ({ client, target, registry }) => {
      const bytes = await client.blobEnd(target, layer({ size: SIZE + 10 }), 4);
      expect(bytes).toBeNull();
      expect(registry.requests).toHaveLength(2);
    });
  });
});

test("a failed question slows nobody else", async () => {
  const faults: FaultRow[] = [{ ...onBlob({ do: "answer", status: 503 }), times: 1 }];
  await withClient({ registry: { faults } }, async ({ client, target, clock }) => {
    expect(await client.blobEnd(target, layer(), 4)).toBeNull();
    const chunks: Uint8Array[] = [];
    for await (const chunk of client.blob(target, layer())) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(LAYER)).toBe(true);
    expect(clock.slept).toEqual([]);
  });
});

test("a whole blob that comes instead is not received", async () => {
  const large = Buffer.alloc(32 * 1024 * 1024);
  const repository = repositoryOf(content, "team/large");
  const digest = addBlob(repository, large);
  const registry = await startRegistry(content, {
    faults: [onBlob({ do: "body", body: large, status: 200, headers: { "Content-Range": null } })],
  });
  try {
    await withClient({}, async ({ client }) => {
      const target = { repository: { registry: registry.host, path: "team/large" }, tlsVerify: false };
      expect(await client.blobEnd(target, layer({ digest, size: large.length }), 4)).toBeNull();
      // The connection ends long before all was sent.
      await until(async () => registry.openRequests() === 0);
    });
  } finally {
    await registry.close();
  }
});

test("an abort is its reason", async () => {
  const gate = createGate(layerDigest);
  await withClient({ registry: { gate: gate.pass } }, async ({ client, target }) => {
    const abort = new AbortController();
    const end = client.blobEnd(target, layer(), 4, { signal: abort.signal });
    const aborted = expect(end).rejects.toThrow("enough");
    await gate.reached;
    abort.abort(new Error("enough"));
    await aborted;
    gate.open();
  });
});

function range(total: number): string {
  return `bytes ${SIZE - 4}-${SIZE - 1}/${total}`;
}
