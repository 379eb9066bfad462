import { describe, expect, test } from "vitest";
import type { Descriptor } from "../../../server/src/oci/manifest.ts";
import type { Credentials } from "../../../server/src/registry/credentials.ts";
import { createCertificate } from "../../support/certificate.ts";
import { type Authorization, createTokenService } from "../../support/registry/authorization.ts";
import { type Harness, LAYER, requestLines, sampleContent, withClient } from "../../support/registry/client-harness.ts";
import type { FaultRow } from "../../support/registry/faults.ts";
import { startRegistry, type TestRegistry } from "../../support/registry/server.ts";

const { content, layerDigest } = sampleContent();
const LAYER_DESCRIPTOR: Descriptor = {
  mediaType: "",
  digest: layerDigest,
  size: LAYER.length,
  urls: [],
  annotations: {},
};
const BLOB = `/v2/team/app/blobs/${layerDigest}`;
const ACCOUNT = { username: "user", password: "canary-password" };
const PASSWORD: Credentials = { kind: "password", ...ACCOUNT };
const BASIC: Authorization = { scheme: "basic", account: ACCOUNT };

async function download({ client, target }: Harness): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of client.blob(target, LAYER_DESCRIPTOR)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const redirect = (location: string, status = 307): FaultRow => ({
  path: /blobs/,
  fault: { do: "redirect", status, location },
});

async function withCdn(use: (cdn: TestRegistry) => Promise<void>): Promise<void> {
  const cdn = await startRegistry(content);
  try {
    await use(cdn);
  } finally {
    await cdn.close();
  }
}

describe("a redirected blob is fetched from where it is", () => {
  test.each([301, 302, 303, 307, 308])("%i to another host, which sees no credentials", async (status) => {
    await withCdn(async (cdn) => {
      const faults = [redirect(`${cdn.origin}${BLOB}?X-Signature=canary-signature`, status)];
      await withClient({ registry: { authorization: BASIC, faults }, credentials: PASSWORD }, async (harness) => {
        expect((await download(harness)).equals(LAYER)).toBe(true);
        expect(requestLines(harness.registry)).toEqual(["GET /v2/ 401", `GET ${BLOB} ${status}`]);
        expect(harness.logged.join()).not.toContain("canary-signature");
      });
      expect(requestLines(cdn)).toEqual([`GET ${BLOB}?X-Signature=canary-signature 200`]);
      expect(JSON.stringify(cdn.requests[0]?.headers)).not.toMatch(/authorization|cookie|canary-password/i);
    });
  });

  test("a relative target on the same origin keeps the credentials", async () => {
    const faults: FaultRow[] = [{ path: BLOB, fault: { do: "redirect", location: "../blobs/./%73tored?x#fragment" } }];
    const stored: FaultRow = {
      path: /stored|%73tored/,
      fault: { do: "body", body: LAYER, headers: { "Content-Type": "a/b" } },
    };
    const served: FaultRow = { ...stored, fault: { do: "answer", status: 200, body: LAYER.toString() } };
    const registry = { authorization: BASIC, faults: [...faults, served] };
    await withClient({ registry, credentials: PASSWORD }, async (harness) => {
      expect((await download(harness)).equals(LAYER)).toBe(true);
      expect(harness.registry.requests.at(-1)).toMatchObject({
        path: "/v2/team/app/blobs/%73tored?x",
        headers: { authorization: expect.stringMatching(/^Basic /) },
      });
    });
  });

  test("five hops are followed", async () => {
    const hops = [1, 2, 3, 4, 5].map<FaultRow>((hop) => ({
      path: hop === 1 ? BLOB : `/hop${hop - 1}`,
      fault: { do: "redirect", location: `/hop${hop}` },
    }));
    const end: FaultRow = { path: "/hop5", fault: { do: "answer", status: 200, body: LAYER.toString() } };
    await withClient({ registry: { faults: [...hops, end] } }, async (harness) => {
      expect((await download(harness)).equals(LAYER)).toBe(true);
    });
  });
});

describe("a redirect that goes wrong is refused with its reason", () => {
  test.each<[string, FaultRow[], reason: RegExp, requests: number]>([
    ["to itself", [redirect(BLOB)], /goes in a circle/, 1],
    ["in a circle", [redirect("/a"), { path: "/a", fault: { do: "redirect", location: BLOB } }], /goes in a circle/, 2],
    [
      "without end",
      [
        redirect("/0"),
        ...[0, 1, 2, 3, 4, 5, 6].map<FaultRow>((hop) => ({
          path: `/${hop}`,
          fault: { do: "redirect", location: `/${hop + 1}` },
        })),
      ],
      /there are more than 5/,
      6,
    ],
    ["to a file", [redirect("file:///etc/passwd")], /its target is a file: URL/, 1],
    ["to what is no URL", [redirect("http://[")], /its target is not a URL/, 1],
    [
      "to a URL with a user",
      [redirect("http://user:canary-password@127.0.0.1:1/")],
      /its target at 127\.0\.0\.1:1 has a user name/,
      1,
    ],
  ])("%s", async (_name, faults, reason, requests) => {
    await withClient({ registry: { faults } }, async (harness) => {
      const error: unknown = await download(harness).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "redirect-refused", message: expect.stringMatching(reason) });
      expect((error as Error).message).not.toContain("canary");
      expect(harness.registry.requests).toHaveLength(1 + requests);
    });
  });

  test("from https to http", async () => {
    await withCdn(async (cdn) => {
      const tls = createCertificate({ hosts: ["127.0.0.1"] });
      const faults = [redirect(`${cdn.origin}${BLOB}`)];
      const client = { certificateAuthorities: [tls.cert] };
      await withClient({ registry: { tls, faults }, client, tlsVerify: true }, async (harness) => {
        await expect(download(harness)).rejects.toMatchObject({
          code: "redirect-refused",
          message: expect.stringMatching(/is not encrypted/),
        });
      });
      expect(cdn.requests).toEqual([]);
    });
  });

  test("a redirect without a target is the registry's failure", async () => {
    const faults: FaultRow[] = [{ path: /blobs/, fault: { do: "answer", status: 307 } }];
    await withClient({ registry: { faults } }, async (harness) => {
      await expect(download(harness)).rejects.toMatchObject({ code: "registry-failed" });
    });
  });
});

describe("a front door that redirects to another registry", () => {
  async function withRegistryBehind(authorization: Authorization, use: (behind: TestRegistry) => Promise<void>) {
    const behind = await startRegistry(content, { authorization });
    try {
      await use(behind);
      expect(JSON.stringify(behind.requests)).not.toMatch(/canary|Basic/);
    } finally {
      await behind.close();
    }
  }

  test("is followed with an anonymous token where that wants one", async () => {
    await withRegistryBehind({ scheme: "bearer", tokens: createTokenService() }, async (behind) => {
      const faults = [redirect(`${behind.origin}${BLOB}`)];
      await withClient({ registry: { authorization: BASIC, faults }, credentials: PASSWORD }, async (harness) => {
        expect((await download(harness)).equals(LAYER)).toBe(true);
      });
      expect(requestLines(behind)).toEqual([
        `GET ${BLOB} 401`,
        "GET /token?service=test-registry&scope=repository%3Ateam%2Fapp%3Apull 200",
        `GET ${BLOB} 200`,
      ]);
    });
  });

  test.each<[string, () => Authorization, requests: number]>([
    ["wants a password", () => BASIC, 1],
    ["gives no token", () => ({ scheme: "bearer", tokens: createTokenService({ account: ACCOUNT }) }), 2],
  ])("gets no credentials where that %s, and the error names it", async (_name, authorization, requests) => {
    await withRegistryBehind(authorization(), async (behind) => {
      const faults = [redirect(`${behind.origin}${BLOB}`)];
      await withClient({ registry: { authorization: BASIC, faults }, credentials: PASSWORD }, async (harness) => {
        await expect(download(harness)).rejects.toMatchObject({
          code: "registry-unauthorized",
          message: expect.stringContaining(behind.host),
        });
      });
      expect(behind.requests).toHaveLength(requests);
    });
  });
});
