import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../server/src/base/error-codes.ts";
import type { Tag } from "../../../server/src/oci/reference.ts";
import type { Credentials } from "../../../server/src/registry/credentials.ts";
import type { Authorization } from "../../support/registry/authorization.ts";
import { createTokenService } from "../../support/registry/authorization.ts";
import {
  createTestClock,
  requestLines,
  rulesFor,
  sampleContent,
  withClient,
} from "../../support/registry/client-harness.ts";
import type { FaultRow } from "../../support/registry/faults.ts";
import { startRegistry } from "../../support/registry/server.ts";

const TAG = "1.0" as Tag;
const { manifestDigest } = sampleContent();
const ACCOUNT = { username: "user", password: "canary-password" };
const PASSWORD: Credentials = { kind: "password", ...ACCOUNT };
const WRONG: Credentials = { kind: "password", username: "user", password: "canary-password-old" };
const BASIC: Authorization = { scheme: "basic", account: ACCOUNT };
const HEAD_TAG = "HEAD /v2/team/app/manifests/1.0";
const TOKEN = "GET /token?service=test-registry&scope=repository%3Ateam%2Fapp%3Apull";

/** What the ping and everything else without authorization is answered. */
function challenge(...lines: string[]): FaultRow {
  const headers = lines.length === 0 ? {} : { "WWW-Authenticate": lines.join(", ") };
  return { path: /^\/v2\//, beforeAuthorization: true, fault: { do: "answer", status: 401, headers } };
}

const bearer = (options: Parameters<typeof createTokenService>[0] = {}): Authorization => ({
  scheme: "bearer",
  tokens: createTokenService(options),
});

describe("a registry's challenge is met", () => {
  type Row = [string, () => Authorization, Credentials | null, requests: string[]];
  test.each<Row>([
    ["without authorization", () => ({ scheme: "none" }), null, ["GET /v2/ 200", `${HEAD_TAG} 200`]],
    ["Basic", () => BASIC, PASSWORD, ["GET /v2/ 401", `${HEAD_TAG} 200`]],
    ["an anonymous token", () => bearer(), null, ["GET /v2/ 401", `${TOKEN} 200`, `${HEAD_TAG} 200`]],
    [
      "a token under its other name",
      () => bearer({ field: "access_token" }),
      null,
      ["GET /v2/ 401", `${TOKEN} 200`, `${HEAD_TAG} 200`],
    ],
    [
      "a token for a password",
      () => bearer({ account: ACCOUNT }),
      PASSWORD,
      ["GET /v2/ 401", `${TOKEN}&account=user 200`, `${HEAD_TAG} 200`],
    ],
    [
      "a token for an identity token, by POST",
      () => bearer({ account: ACCOUNT, identityToken: "canary-identity" }),
      { kind: "identity-token", token: "canary-identity" },
      ["GET /v2/ 401", "POST /token 200", `${HEAD_TAG} 200`],
    ],
  ])("%s", async (_name, authorization, credentials, requests) => {
    const registry = { authorization: authorization() };
    await withClient({ registry, ...(credentials && { credentials }) }, async (harness) => {
      expect((await harness.client.resolve(harness.target, TAG)).digest).toBe(manifestDigest);
      expect(requestLines(harness.registry)).toEqual(requests);
    });
  });

  test("a registry token is used as it is", async () => {
    const tokens = createTokenService();
    const url = new URL("http://r/token?scope=repository%3Ateam%2Fapp%3Apull");
    const issued = JSON.parse(tokens.answer({ method: "GET", url, headers: {} }, "").body.toString()) as {
      token: string;
    };
    const credentials = { kind: "registry-token", token: issued.token } as const;
    await withClient({ registry: { authorization: { scheme: "bearer", tokens } }, credentials }, async (harness) => {
      expect((await harness.client.resolve(harness.target, TAG)).digest).toBe(manifestDigest);
      expect(requestLines(harness.registry)).toEqual(["GET /v2/ 401", `${HEAD_TAG} 200`]);
    });
  });

  test.each<[string, string[], FaultRow["fault"]]>([
    ["a relative realm", ['Bearer realm="/token",service="test-registry"'], { do: "headers", headers: {} }],
    [
      "Bearer before Basic, whatever their order",
      ['Basic realm="x"', 'Bearer realm="/token",service="test-registry"'],
      { do: "headers", headers: {} },
    ],
    ["an unquoted realm", ["bearer realm=/token , service=test-registry"], { do: "headers", headers: {} }],
  ])("%s", async (_name, lines) => {
    const faults = [{ ...challenge(...lines), path: "/v2/" }];
    await withClient({ registry: { authorization: bearer(), faults } }, async (harness) => {
      expect((await harness.client.resolve(harness.target, TAG)).digest).toBe(manifestDigest);
      expect(requestLines(harness.registry)).toEqual(["GET /v2/ 401", `${TOKEN} 200`, `${HEAD_TAG} 200`]);
    });
  });

  test("the ping may be open, or missing, and a request's own challenge count", async () => {
    for (const status of [200, 404]) {
      const faults: FaultRow[] = [{ path: "/v2/", beforeAuthorization: true, fault: { do: "answer", status } }];
      await withClient({ registry: { authorization: bearer(), faults } }, async (harness) => {
        expect((await harness.client.resolve(harness.target, TAG)).digest).toBe(manifestDigest);
        expect(requestLines(harness.registry)).toEqual([
          `GET /v2/ ${status}`,
          `${HEAD_TAG} 401`,
          `${TOKEN} 200`,
          `${HEAD_TAG} 200`,
        ]);
      });
    }
  });

  test("a 401 without a challenge leaves that of the ping in force", async () => {
    const bare: FaultRow = {
      path: /manifests/,
      method: "HEAD",
      times: 1,
      fault: { do: "answer", status: 401 },
    };
    await withClient({ registry: { authorization: bearer(), faults: [bare] } }, async (harness) => {
      expect((await harness.client.resolve(harness.target, TAG)).digest).toBe(manifestDigest);
      expect(requestLines(harness.registry)).toEqual([
        "GET /v2/ 401",
        `${TOKEN} 200`,
        `${HEAD_TAG} 401`,
        `${TOKEN} 200`,
        `${HEAD_TAG} 200`,
      ]);
    });
  });

  test("a wider scope that the registry asks for is asked for first, once", async () => {
    const wider: FaultRow = {
      path: /manifests/,
      times: 1,
      fault: {
        do: "answer",
        status: 401,
        headers: {
          "WWW-Authenticate":
            'Bearer realm="/token",service="test-registry",scope="repository:team/app:pull,push",error="insufficient_scope"',
        },
      },
    };
    await withClient({ registry: { authorization: bearer(), faults: [wider] } }, async (harness) => {
      expect((await harness.client.resolve(harness.target, TAG)).digest).toBe(manifestDigest);
      expect(requestLines(harness.registry).slice(3)).toEqual([
        "GET /token?service=test-registry&scope=repository%3Ateam%2Fapp%3Apull%2Cpush&scope=repository%3Ateam%2Fapp%3Apull 200",
        `${HEAD_TAG} 200`,
      ]);
    });
  });
});

test("a repository that a fresh token does not open, as Docker Hub says of missing ones, is not asked for again", async () => {
  const headers = {
    "WWW-Authenticate":
      'Bearer realm="/token",service="test-registry",scope="repository:team/app:pull",error="insufficient_scope"',
  };
  const faults: FaultRow[] = [{ path: /manifests/, fault: { do: "answer", status: 401, headers } }];
  await withClient({ registry: { authorization: bearer(), faults } }, async ({ client, target, registry }) => {
    await expect(client.resolve(target, TAG)).rejects.toMatchObject({ code: "registry-unauthorized" });
    expect(requestLines(registry)).toEqual(["GET /v2/ 401", `${TOKEN} 200`, `${HEAD_TAG} 401`]);
  });
});

describe("a token is used while it is good", () => {
  const tokenRequests = (lines: string[]) => lines.filter((line) => line.startsWith("GET /token")).length;

  test("one is enough for many requests at once, of which Node has nothing to warn", async () => {
    const warnings: Error[] = [];
    process.on("warning", (warning) => warnings.push(warning));
    await withClient({ registry: { authorization: bearer() } }, async ({ client, target, registry }) => {
      await Promise.all(Array.from({ length: 20 }, () => client.resolve(target, TAG)));
      expect(tokenRequests(requestLines(registry))).toBe(1);
      expect(requestLines(registry).filter((line) => line.startsWith("GET /v2/ "))).toHaveLength(1);
    });
    expect(warnings).toEqual([]);
  });

  test.each<[string, number | undefined, used: number, replaced: number]>([
    ["80 % of its life", 300, 239_000, 241_000],
    ["80 % of a minute when it does not say", undefined, 47_000, 49_000],
    ["at least five seconds", 1, 4000, 6000],
  ])("for %s", async (_name, expiresIn, used, replaced) => {
    const clock = createTestClock();
    const tokens = createTokenService(expiresIn === undefined ? {} : { expiresIn, now: () => 0 });
    const registry = { authorization: { scheme: "bearer", tokens } } as const;
    await withClient({ registry, client: { clock } }, async ({ client, target, registry: { requests } }) => {
      const count = () => requests.filter(({ path }) => path.startsWith("/token")).length;
      await client.resolve(target, TAG);
      clock.advance(used);
      await client.resolve(target, TAG);
      expect(count()).toBe(1);
      clock.advance(replaced - used);
      await client.resolve(target, TAG);
      expect(count()).toBe(2);
    });
  });

  test("refused, it is replaced once", async () => {
    const tokens = createTokenService();
    await withClient(
      { registry: { authorization: { scheme: "bearer", tokens } } },
      async ({ client, target, registry }) => {
        await client.resolve(target, TAG);
        tokens.revokeAll();
        expect((await client.resolve(target, TAG)).digest).toBe(manifestDigest);
        expect(requestLines(registry).slice(3)).toEqual([`${HEAD_TAG} 401`, `${TOKEN} 200`, `${HEAD_TAG} 200`]);
      },
    );
  });

  test("a failed request for one does not spoil the next", async () => {
    const faults: FaultRow[] = [{ path: /^\/token/, times: 1, fault: { do: "answer", status: 404 } }];
    await withClient({ registry: { authorization: bearer(), faults } }, async ({ client, target }) => {
      const both = await Promise.allSettled([client.resolve(target, TAG), client.resolve(target, TAG)]);
      expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
      expect((await client.resolve(target, TAG)).digest).toBe(manifestDigest);
    });
  });

  test("a waiter that aborts leaves the others waiting", async () => {
    const faults: FaultRow[] = [{ path: /^\/token/, times: 1, fault: { do: "answer", status: 503 } }];
    await withClient({ registry: { authorization: bearer(), faults } }, async ({ client, target }) => {
      const controller = new AbortController();
      const reason = new Error("stopped by the user");
      const aborted = client.resolve(target, TAG, {
        signal: controller.signal,
        onWait: () => controller.abort(reason),
      });
      const patient = client.resolve(target, TAG);
      await expect(aborted).rejects.toBe(reason);
      expect((await patient).digest).toBe(manifestDigest);
    });
  });
});

describe("a registry that does not let us in is a coded error that says how to sign in", () => {
  type Row = [string, Authorization, FaultRow[], Credentials | null, ErrorCode, message: RegExp];
  const onToken = (status: number, body = "", headers: Record<string, string> = {}): FaultRow => ({
    path: /^\/token/,
    fault: { do: "answer", status, body, headers },
  });
  const NONE: Authorization = { scheme: "none" };
  test.each<Row>([
    [
      "Basic without credentials: none are sent",
      BASIC,
      [],
      null,
      "registry-unauthorized",
      /^127\.0\.0\.1:\d+ wants a user name and password; sign in with "docker login 127\.0\.0\.1:\d+" or "podman login 127\.0\.0\.1:\d+" \(credentials: none were found in a test\)\.$/,
    ],
    [
      "Basic with a wrong password",
      BASIC,
      [],
      WRONG,
      "registry-unauthorized",
      /answered 401 \(UNAUTHORIZED: authentication required\) to the credentials from a test; sign in again with "docker login .*\.$/,
    ],
    [
      "a token service that refuses anonymous users",
      bearer({ account: ACCOUNT }),
      [],
      null,
      "registry-unauthorized",
      /^The token service of .* answered 401 \(UNAUTHORIZED: authentication required\); the image does not exist or is private: .*none were found/,
    ],
    [
      "a token service that refuses the password",
      bearer({ account: ACCOUNT }),
      [],
      WRONG,
      "registry-unauthorized",
      /to the credentials from a test; sign in again with "docker login 127/,
    ],
    [
      "a token service that denies access",
      bearer(),
      [onToken(403)],
      PASSWORD,
      "registry-denied",
      /from a test; ask for access/,
    ],
    [
      "a registry that takes no token for good",
      bearer(),
      [{ path: /manifests/, fault: { do: "answer", status: 401 } }],
      null,
      "registry-unauthorized",
      /does not exist or is private/,
    ],
    ["a token service that is missing", bearer(), [onToken(404)], null, "token-failed", /answered 404 \(Not Found\)/],
    [
      "a token service that fails for good",
      bearer(),
      [onToken(500)],
      null,
      "registry-failed",
      /token service .* answered 500/,
    ],
    [
      "a token service that shows a page",
      bearer(),
      [onToken(200, "<html>canary</html>", { "Content-Type": "text/html; charset=utf-8" })],
      null,
      "token-failed",
      /^The token service of .* at 127\.0\.0\.1:\d+ answered with HTML; ask the registry's operator\.$/,
    ],
    [
      "a token service without a token",
      bearer(),
      [onToken(200, "{}")],
      null,
      "token-failed",
      /answered without a token/,
    ],
    [
      "a token that is no header value",
      bearer(),
      [onToken(200, '{"token":"a\\r\\nb"}')],
      null,
      "token-failed",
      /without a token/,
    ],
    [
      "a token service that answers too much",
      bearer(),
      [onToken(200, `{"token":"${"x".repeat(70_000)}"}`)],
      null,
      "token-failed",
      /without a token/,
    ],
    [
      "only Negotiate",
      NONE,
      [challenge("Negotiate")],
      null,
      "challenge-unsupported",
      /wants negotiate authorization, but only Bearer and Basic/,
    ],
    ["no challenge", NONE, [challenge()], null, "registry-unauthorized", /answered 401/],
    [
      "an unreadable challenge",
      NONE,
      [challenge("<<>>")],
      null,
      "challenge-unsupported",
      /wants what cannot be read \(<<>>\) authorization/,
    ],
    [
      "no realm",
      NONE,
      [challenge('Bearer service="x"')],
      null,
      "challenge-unsupported",
      /sends for a token to "", .*there is no realm/,
    ],
    [
      "a realm that is no URL",
      NONE,
      [challenge('Bearer realm="http://"')],
      null,
      "challenge-unsupported",
      /it is not a URL/,
    ],
    [
      "a realm of another scheme",
      NONE,
      [challenge('Bearer realm="file:///etc/passwd"')],
      null,
      "challenge-unsupported",
      /it is a file: URL/,
    ],
  ])("%s", async (_name, authorization, faults, credentials, code, message) => {
    await withClient({ registry: { authorization, faults }, ...(credentials && { credentials }) }, async (harness) => {
      const error: unknown = await harness.client.manifest(harness.target, TAG).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect((error as Error).message).not.toContain("canary");
    });
  });

  test("without credentials nothing is sent that could be logged as a failed login", async () => {
    await withClient({ registry: { authorization: BASIC } }, async ({ client, target, registry }) => {
      await expect(client.resolve(target, TAG)).rejects.toMatchObject({ code: "registry-unauthorized" });
      expect(requestLines(registry)).toEqual(["GET /v2/ 401"]);
    });
  });

  test("a token service that fails once is asked again", async () => {
    const faults: FaultRow[] = [{ path: /^\/token/, times: 1, fault: { do: "answer", status: 500 } }];
    await withClient({ registry: { authorization: bearer(), faults } }, async ({ client, target }) => {
      expect((await client.resolve(target, TAG)).digest).toBe(manifestDigest);
    });
  });
});

describe("credentials stay with their registry", () => {
  test("a realm on a host of someone else is asked anonymously, and the error says so", async () => {
    const tokens = createTokenService({ account: ACCOUNT });
    const elsewhere = await startRegistry(new Map(), { authorization: { scheme: "bearer", tokens } });
    const realm = `http://localhost:${new URL(elsewhere.origin).port}/token`;
    const registry = { authorization: { scheme: "bearer", tokens, realm } } as const;
    try {
      await withClient({ registry, credentials: PASSWORD }, async ({ client, target }) => {
        await expect(client.resolve(target, TAG)).rejects.toMatchObject({
          code: "registry-unauthorized",
          message: expect.stringMatching(
            /\(credentials: those from a test are not sent, because localhost:\d+ does not belong to 127\.0\.0\.1:\d+; if it does, name it under trustedAuthRealms in the setting dockpin\.registries\)\.$/,
          ),
        });
      });
      expect(elsewhere.requests).toHaveLength(1);
      expect(JSON.stringify(elsewhere.requests)).not.toMatch(/authorization|account|canary/);
    } finally {
      await elsewhere.close();
    }
  });

  test("but one that the user trusts is asked with them, and no other", async () => {
    const tokens = createTokenService({ account: ACCOUNT });
    const elsewhere = await startRegistry(new Map(), { authorization: { scheme: "bearer", tokens } });
    const realm = `http://localhost:${new URL(elsewhere.origin).port}/token`;
    const authorization = { scheme: "bearer", tokens, realm } as const;
    const registry = await startRegistry(sampleContent().content, { authorization });
    const endpoint = registry.origin;
    const { host } = new URL(realm);
    const rules = rulesFor({
      "trusting.example": { endpoint, trustedAuthRealms: ["localhost"] },
      "exact.example": { endpoint, trustedAuthRealms: [host.toUpperCase()] },
      "other.example": { endpoint, trustedAuthRealms: ["auth.localhost", "host", "localhost:1", "other"] },
    });
    try {
      await withClient({ client: { rules }, credentials: PASSWORD }, async ({ client }) => {
        const at = (host: string) => ({ repository: { registry: host, path: "team/app" }, tlsVerify: true });
        expect((await client.resolve(at("trusting.example"), TAG)).digest).toBe(manifestDigest);
        expect((await client.resolve(at("exact.example"), TAG)).digest).toBe(manifestDigest);
        await expect(client.resolve(at("other.example"), TAG)).rejects.toMatchObject({ code: "registry-unauthorized" });
      });
      expect(elsewhere.requests.map(({ headers }) => headers.authorization !== undefined)).toEqual([true, true, false]);
    } finally {
      await Promise.all([elsewhere.close(), registry.close()]);
    }
  });

  test("an identity token is not posted on to another host", async () => {
    const elsewhere = await startRegistry(new Map());
    const faults: FaultRow[] = [{ path: "/token", fault: { do: "redirect", location: `${elsewhere.origin}/token` } }];
    const registry = { authorization: bearer({ identityToken: "canary-identity" }), faults };
    const credentials = { kind: "identity-token", token: "canary-identity" } as const;
    try {
      await withClient({ registry, credentials }, async ({ client, target }) => {
        await expect(client.resolve(target, TAG)).rejects.toMatchObject({ code: "redirect-refused" });
      });
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  test("credentials are looked up for the endpoint that stands in for a registry", async () => {
    const asked: string[] = [];
    const cache = await startRegistry(sampleContent().content, { authorization: BASIC, pathPrefix: "/mirror" });
    const client = {
      rules: rulesFor({ "docker.io": { endpoint: cache.origin } }),
      credentials: async ({ registry }: { registry: string }) => {
        asked.push(registry);
        return { credentials: PASSWORD, source: "a test" };
      },
    };
    try {
      await withClient({ client }, async (harness) => {
        const target = { repository: { registry: "docker.io", path: "team/app" }, tlsVerify: true };
        expect((await harness.client.resolve(target, TAG)).digest).toBe(manifestDigest);
      });
      expect(new Set(asked)).toEqual(new Set([cache.host]));
      expect(requestLines(cache)).toEqual(["GET /mirror/v2/ 401", "HEAD /mirror/v2/team/app/manifests/1.0 200"]);
    } finally {
      await cache.close();
    }
  });
});
