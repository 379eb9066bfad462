import { describe, expect, test } from "vitest";
import { silentLog } from "../../../server/src/base/log.ts";
import { createAuthorizer } from "../../../server/src/registry/authorizer.ts";
import type { Credentials } from "../../../server/src/registry/credentials.ts";
import { createRedactor } from "../../../server/src/registry/redact.ts";
import type { TokenQuestion } from "../../../server/src/registry/tokens.ts";

const PASSWORD: Credentials = { kind: "password", username: "user", password: "canary-password" };

function authorizerFor(base: string, challenge: string) {
  const asked: TokenQuestion[] = [];
  const registry = new URL(base).host;
  const redactor = createRedactor();
  const authorizer = createAuthorizer(
    { registry, credentialHost: registry, base: new URL(base), tlsVerify: true, trustedAuthRealms: [] },
    [challenge],
    {
      credentials: async () => ({ credentials: PASSWORD, source: "a test" }),
      tokens: {
        get: async (question) => {
          asked.push(question);
          return "token";
        },
        forget: () => undefined,
      },
      redactor,
      log: silentLog,
    },
  );
  const authorize = async () => (await authorizer.authorize({ registry, path: "team/app" }, {})).value;
  return { authorize, asked, redactor };
}

describe("a password goes to a token service", () => {
  test.each<[registry: string, realm: string, sent: boolean]>([
    ["https://registry.example/", "https://registry.example/token", true],
    ["https://registry.example/", "/token", true],
    ["https://registry.example/", "https://auth.registry.example/token", true],
    ["https://registry.example:5050/", "https://registry.example/token", true],
    ["https://registry.example/", "https://elsewhere.example/token", false],
    ["http://127.0.0.1:5000/", "http://127.0.0.1:5001/token", true],
    ["http://registry.lan/", "http://registry.lan/token", false],
    ["http://registry.lan/", "https://registry.lan/token", false],
  ])("of %s at %s: %j", async (base, realm, sent) => {
    const { authorize, asked } = authorizerFor(base, `Bearer realm="${realm}"`);
    expect(await authorize()).toBe("Bearer token");
    expect(asked.map(({ credentials }) => credentials)).toEqual([sent ? PASSWORD : null]);
    expect(asked[0]?.source).toMatch(sent ? /^a test$/ : /^those from a test are not sent/);
  });
});

describe("a password goes to a registry with Basic authorization", () => {
  test.each(["https://registry.example/", "http://127.0.0.1:5000/", "http://localhost/"])("at %s", async (base) => {
    expect(await authorizerFor(base, "Basic").authorize()).toBe("Basic dXNlcjpjYW5hcnktcGFzc3dvcmQ=");
  });

  test("but not over http to another machine, and the error says so", async () => {
    await expect(authorizerFor("http://registry.lan/", "Basic").authorize()).rejects.toMatchObject({
      code: "registry-unauthorized",
      message: expect.stringContaining("(credentials: those from a test are not sent over unencrypted http)"),
    });
  });
});

test("what was found is never shown again", async () => {
  const { authorize, redactor } = authorizerFor("https://registry.example/", "Basic");
  await authorize();
  expect(redactor.redact("canary-password and dXNlcjpjYW5hcnktcGFzc3dvcmQ=")).toBe("*** and ***");
});
