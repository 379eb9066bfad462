import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../server/src/base/error-codes.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import type { Descriptor } from "../../../server/src/oci/manifest.ts";
import { createTokenService } from "../../support/registry/authorization.ts";
import { LAYER, requestLines, sampleContent, until, withClient } from "../../support/registry/client-harness.ts";
import type { Fault, FaultRow } from "../../support/registry/faults.ts";
import { startRegistry } from "../../support/registry/server.ts";

const { layerDigest } = sampleContent();
const PATH = `/v2/team/app/blobs/${layerDigest}`;

function descriptor(overrides: Partial<Descriptor> = {}): Descriptor {
  const mediaType = "application/vnd.oci.image.layer.v1.tar";
  return { mediaType, digest: layerDigest, size: LAYER.length, urls: [], annotations: {}, ...overrides };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

const onBlob = (fault: Fault, times?: number): FaultRow => ({
  path: /blobs/,
  fault,
  ...(times !== undefined && { times }),
});
const flipped = Buffer.from(LAYER);
flipped[100]! ^= 1;

describe("a blob is its bytes, verified", () => {
  test.each<[string, FaultRow[], Partial<Descriptor>, requests: string[], logged: RegExp]>([
    ["as it is", [], {}, [`GET ${PATH} 200`], /^$/],
    [
      "a descriptor that says less",
      [],
      { size: 5 },
      [`GET ${PATH} 200`],
      /has 10500 bytes, but its manifest says 5\.$/,
    ],
    ["a descriptor that says more", [], { size: 20_000 }, [`GET ${PATH} 200`], /its manifest says 20000\.$/],
    ["503 once", [onBlob({ do: "answer", status: 503 }, 1)], {}, [`GET ${PATH} 503`, `GET ${PATH} 200`], /^$/],
    ["reset before the first byte", [onBlob({ do: "reset" }, 1)], {}, [`GET ${PATH} none`, `GET ${PATH} 200`], /^$/],
    [
      "cut before the first byte",
      [onBlob({ do: "cut", afterBytes: 0 }, 1)],
      {},
      [`GET ${PATH} 200`, `GET ${PATH} 200`],
      /^$/,
    ],
    [
      "no length announced",
      [onBlob({ do: "headers", headers: { "Content-Length": null, "Transfer-Encoding": "chunked" } })],
      {},
      [`GET ${PATH} 200`],
      /^$/,
    ],
  ])("%s", async (_name, faults, overrides, requests, message) => {
    await withClient({ registry: { faults } }, async ({ client, target, registry, logged }) => {
      expect((await collect(client.blob(target, descriptor(overrides)))).equals(LAYER)).toBe(true);
      expect(requestLines(registry)).toEqual(["GET /v2/ 200", ...requests]);
      expect(logged.filter((line) => !line.includes("https")).join("\n")).toMatch(message);
    });
  });

  test("an empty blob", async () => {
    const digest = digestOf(Buffer.alloc(0));
    const empty: FaultRow = { path: new RegExp(digest), fault: { do: "answer", status: 200 } };
    await withClient({ registry: { faults: [empty] } }, async ({ client, target }) => {
      expect(await collect(client.blob(target, descriptor({ digest, size: 0 })))).toHaveLength(0);
    });
  });
});

describe("a blob that is not what it should be is a coded error", () => {
  const chunked = { "Content-Length": null, "Transfer-Encoding": "chunked" };
  type Row = [string, FaultRow[], Partial<Descriptor>, ErrorCode, message: RegExp];
  test.each<Row>([
    [
      "a flipped bit",
      [onBlob({ do: "body", body: flipped })],
      {},
      "digest-mismatch",
      /other content than its digest says/,
    ],
    [
      "shorter, but clean",
      [onBlob({ do: "body", body: LAYER.subarray(1) })],
      {},
      "blob-truncated",
      /ended after 10499 of 10500 bytes/,
    ],
    [
      "cut off again and again, however often it is resumed",
      [onBlob({ do: "cut", afterBytes: 500 })],
      {},
      "blob-truncated",
      /broke off after 2500 of 10500 bytes; try again\.$/,
    ],
    [
      "more than the descriptor says, length not announced",
      [onBlob({ do: "headers", headers: chunked })],
      { size: 5 },
      "blob-too-large",
      /larger than the 5 bytes it should have/,
    ],
    [
      "an announced length beyond all bounds",
      [onBlob({ do: "headers", headers: { "Content-Length": "99999999999999" } })],
      {},
      "blob-too-large",
      /larger than/,
    ],
    [
      "missing",
      [],
      { digest: digestOf(Buffer.from("not there")) },
      "blob-missing",
      /answered 404 \(BLOB_UNKNOWN: blob unknown to registry\): the layer sha256:[0-9a-f]{12} of .*\/team\/app is missing/,
    ],
    [
      "403",
      [onBlob({ do: "answer", status: 403 })],
      {},
      "registry-denied",
      /answered 403 \(Forbidden\): access to the layer sha256:[0-9a-f]{12} of .*\/team\/app is denied; /,
    ],
    ["400", [onBlob({ do: "answer", status: 400 })], {}, "registry-failed", /answered 400/],
    ["503 for good", [onBlob({ do: "answer", status: 503 })], {}, "registry-failed", /answered 503/],
  ])("%s", async (_name, faults, overrides, code, message) => {
    await withClient({ registry: { faults } }, async ({ client, target }) => {
      const error = collect(client.blob(target, descriptor(overrides)));
      await expect(error).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    });
  });

  test("wrong bytes are given before the error: the end of a blob is where it is verified", async () => {
    await withClient({ registry: { faults: [onBlob({ do: "body", body: flipped })] } }, async ({ client, target }) => {
      let received = 0;
      const read = async () => {
        for await (const chunk of client.blob(target, descriptor())) received += chunk.length;
      };
      await expect(read()).rejects.toMatchObject({ code: "digest-mismatch" });
      expect(received).toBe(LAYER.length);
    });
  });
});

describe("a download that breaks off is resumed", () => {
  const cutOnce: FaultRow = onBlob({ do: "cut", afterBytes: 500 }, 1);
  const resumed = [undefined, "bytes=500-"];
  test.each<[string, FaultRow[], ranges: (string | undefined)[], statuses: number[]]>([
    ["where it stopped", [cutOnce], resumed, [200, 206]],
    ["again and again", [onBlob({ do: "cut", afterBytes: 500 }, 2)], [...resumed, "bytes=1000-"], [200, 206, 206]],
    [
      "from the start where the registry knows no ranges",
      [cutOnce, onBlob({ do: "body", body: LAYER, status: 200 })],
      resumed,
      [200, 200],
    ],
    [
      "from the start, once, where the registry goes on with another part",
      [cutOnce, onBlob({ do: "headers", headers: { "Content-Range": "bytes 0-10/10500" } }, 1)],
      [...resumed, undefined],
      [200, 206, 200],
    ],
    [
      "from the start where the part has another length than the registry says",
      [cutOnce, onBlob({ do: "body", body: LAYER.subarray(400), status: 206 }, 1)],
      [...resumed, undefined],
      [200, 206, 200],
    ],
    [
      "where a cache kept too little of it",
      [onBlob({ do: "body", body: LAYER.subarray(0, 500) }, 1)],
      resumed,
      [200, 206],
    ],
    ["after 503", [cutOnce, onBlob({ do: "answer", status: 503 }, 1)], [...resumed, "bytes=500-"], [200, 503, 206]],
  ])("%s", async (_name, faults, ranges, statuses) => {
    await withClient({ registry: { faults } }, async ({ client, target, registry, clock }) => {
      expect((await collect(client.blob(target, descriptor()))).equals(LAYER)).toBe(true);
      const requests = registry.requests.slice(1);
      expect(requests.map(({ headers }) => headers.range)).toEqual(ranges);
      expect(requests.map(({ status }) => status)).toEqual(statuses);
      expect(clock.slept[0]).toBe(500);
    });
  });

  test("when it stalled, and who waits is told", async () => {
    const faults = [onBlob({ do: "stall", afterBytes: 500 }, 1)];
    const timeouts = { idleBody: 500 };
    await withClient({ registry: { faults }, client: { timeouts } }, async ({ client, target, options, waits }) => {
      expect((await collect(client.blob(target, descriptor(), options))).equals(LAYER)).toBe(true);
      expect(waits).toEqual([{ milliseconds: 500, reason: expect.stringMatching(/does not answer$/) }]);
    });
  });

  test("of unannounced length, that had nothing left to send", async () => {
    const chunked = { "Content-Length": null, "Transfer-Encoding": "chunked" };
    const faults = [onBlob({ do: "cut", afterBytes: LAYER.length, headers: chunked }, 1)];
    await withClient({ registry: { faults } }, async ({ client, target, registry }) => {
      expect((await collect(client.blob(target, descriptor()))).equals(LAYER)).toBe(true);
      expect(registry.requests.map(({ status }) => status)).toEqual([200, 200, 416]);
    });
  });

  test("with another token when the first has expired meanwhile", async () => {
    const tokens = createTokenService();
    const registry = { authorization: { scheme: "bearer", tokens }, faults: [cutOnce] } as const;
    await withClient({ registry }, async ({ client, target, registry: { requests } }) => {
      const received: Uint8Array[] = [];
      for await (const chunk of client.blob(target, descriptor())) {
        tokens.revokeAll();
        received.push(chunk);
      }
      expect(Buffer.concat(received).equals(LAYER)).toBe(true);
      expect(requests.filter(({ path }) => path.startsWith("/token"))).toHaveLength(2);
    });
  });

  test("as long as it makes progress", async () => {
    const large = Buffer.alloc(8 * 1024 * 1024, "0123456789");
    const digest = digestOf(large);
    const { content, repository } = sampleContent();
    repository.blobs.set(digest, large);
    const cuts = onBlob({ do: "cut", afterBytes: 1024 * 1024 }, 7);
    const registry = await startRegistry(content, { faults: [cuts] });
    try {
      await withClient({}, async ({ client }) => {
        const target = { repository: { registry: registry.host, path: "team/app" }, tlsVerify: false };
        expect((await collect(client.blob(target, descriptor({ digest, size: large.length })))).equals(large)).toBe(
          true,
        );
      });
      expect(registry.requests).toHaveLength(1 + 8);
    } finally {
      await registry.close();
    }
  });

  test.each<[string, FaultRow, ErrorCode]>([
    [
      "with another part than it was asked for",
      onBlob({ do: "headers", headers: { "Content-Range": "bytes 0-10/10500" }, status: 206 }),
      "blob-truncated",
    ],
    ["with other bytes", onBlob({ do: "body", body: flipped, status: 200 }), "digest-mismatch"],
    ["with what is gone by now", onBlob({ do: "answer", status: 404 }), "blob-missing"],
  ])("but fails when the registry goes on %s", async (_name, fault, code) => {
    // The part that was received first must be kept out of the flipped bit's way.
    const faults = [onBlob({ do: "cut", afterBytes: 50 }, 1), fault];
    await withClient({ registry: { faults } }, async ({ client, target }) => {
      await expect(collect(client.blob(target, descriptor()))).rejects.toMatchObject({ code });
    });
  });
});

describe("a blob may be given up", () => {
  test("by a reader who has seen enough", async () => {
    await withClient(
      { registry: { faults: [onBlob({ do: "stall", afterBytes: 100 })] } },
      async ({ client, target, registry }) => {
        for await (const chunk of client.blob(target, descriptor())) {
          expect(chunk).toHaveLength(100);
          break;
        }
        await until(() => registry.openRequests() === 0);
      },
    );
  });

  test.each<[string, FaultRow[], receivedBytes: number]>([
    ["before the headers", [onBlob({ do: "stall", afterBytes: null })], 0],
    ["within the body", [onBlob({ do: "stall", afterBytes: 100 })], 100],
  ])("by its signal %s, with the signal's reason", async (_name, faults, receivedBytes) => {
    await withClient({ registry: { faults } }, async ({ client, target, registry }) => {
      const controller = new AbortController();
      const reason = new Error("stopped by the user");
      let received = 0;
      const read = async () => {
        for await (const chunk of client.blob(target, descriptor(), { signal: controller.signal }))
          received += chunk.length;
      };
      const reading = read();
      const outcome = expect(reading).rejects.toBe(reason);
      await until(() => registry.requests.length === 2 && received === receivedBytes);
      controller.abort(reason);
      await outcome;
      await until(() => registry.openRequests() === 0);
    });
  });
});
