import { describe, expect, test } from "vitest";
import type { Tag } from "../../../server/src/oci/reference.ts";
import type { Credentials } from "../../../server/src/registry/credentials.ts";
import { createPullAllowance, type Puller } from "../../../server/src/registry/pull-allowance.ts";
import { createTokenService } from "../../support/registry/authorization.ts";
import { createTestClock, IMAGE_PATH, requestLines, withClient } from "../../support/registry/client-harness.ts";
import type { FaultRow } from "../../support/registry/faults.ts";

const MINUTE = 60_000;
const nobody: Puller = {
  account: "null",
  isSignedIn: false,
  repository: { registry: "docker.io", path: "library/alpine" },
};

const told = (remaining: string, window = ";w=21600") => ({
  status: 200,
  headers: { "ratelimit-limit": `100${window}`, "ratelimit-remaining": `${remaining}${window}` },
});
const untold = { status: 200, headers: {} };

function open() {
  const clock = createTestClock();
  return { clock, allowance: createPullAllowance("docker.io", clock) };
}

describe("what is left", () => {
  test("is unlimited where nothing is said", () => {
    const { allowance } = open();
    for (let pulls = 0; pulls < 1000; pulls += 1) allowance.take(nobody);
    allowance.learn(nobody, untold);
    allowance.take(nobody);
  });

  test("is not given out twice while it is under way", () => {
    const { allowance } = open();
    allowance.learn(nobody, told("2"));
    const giveBack = allowance.take(nobody);
    allowance.take(nobody);
    expect(() => allowance.take(nobody)).toThrow(
      "docker.io has only 2, which are under way, of 100 pulls in 6 h 00 min left, so nothing was asked; " +
        "sign in for a higher limit, or wait, until 2026-11-24 18:00 UTC at most.",
    );
    giveBack();
    allowance.take(nobody);
  });

  test.each<[title: string, later: (parts: ReturnType<typeof open>) => void, puller: Puller]>([
    ["the window is over", ({ clock }) => clock.advance(360 * MINUTE), nobody],
    ["a later answer says so", ({ allowance }) => allowance.learn(nobody, told("1")), nobody],
    ["someone else asks", () => {}, { ...nobody, account: "someone", isSignedIn: true }],
    ["the repository's answers tell of no limit", ({ allowance }) => allowance.learn(nobody, untold), nobody],
  ])("of nothing there is something once %s", (_title, later, puller) => {
    const parts = open();
    parts.allowance.learn(nobody, told("0"));
    expect(() => parts.allowance.take(nobody)).toThrow("docker.io has none of 100 pulls in 6 h 00 min left");
    later(parts);
    parts.allowance.take(puller);
  });

  test.each<[title: string, later: (parts: ReturnType<typeof open>) => void]>([
    ["the window is not over", ({ clock }) => clock.advance(359 * MINUTE)],
    ["a failure says nothing", ({ allowance }) => allowance.learn(nobody, { status: 404, headers: {} })],
    [
      "another repository is not counted",
      ({ allowance }) => allowance.learn({ ...nobody, repository: { registry: "docker.io", path: "free" } }, untold),
    ],
    [
      "a repository is counted again",
      ({ allowance }) => {
        allowance.learn(nobody, untold);
        allowance.learn(nobody, told("0"));
      },
    ],
  ])("of nothing stays nothing while %s", (_title, later) => {
    const parts = open();
    parts.allowance.learn(nobody, told("0"));
    later(parts);
    expect(() => parts.allowance.take(nobody)).toThrow("none of 100 pulls");
  });

  test("of a window of unknown length is asked for again after a minute", () => {
    const { clock, allowance } = open();
    allowance.learn(nobody, told("0", ""));
    expect(() => allowance.take(nobody)).toThrow("docker.io has none of 100 pulls left");
    clock.advance(MINUTE);
    allowance.take(nobody);
  });

  test("is said otherwise to who is signed in", () => {
    const { allowance } = open();
    const someone = { ...nobody, account: "someone", isSignedIn: true };
    allowance.learn(someone, told("0"));
    expect(() => allowance.take(someone)).toThrow("use an account with a higher limit, or wait");
  });
});

describe("a client whose registry has no pulls left", () => {
  const NAME = `/v2/${IMAGE_PATH}/manifests/1.0`;
  const limits = (remaining: number): FaultRow => ({
    path: /manifests/,
    fault: {
      do: "headers",
      headers: { "RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": `${remaining};w=21600` },
    },
  });

  test("asks by HEAD all the same, and for no manifest, though many want one", async () => {
    await withClient({ registry: { faults: [limits(0)] } }, async ({ client, target, registry }) => {
      await client.resolve(target, "1.0" as Tag);
      const asked = await Promise.allSettled(Array.from({ length: 20 }, () => client.manifest(target, "1.0" as Tag)));
      for (const { reason } of asked as PromiseRejectedResult[]) {
        expect(reason).toMatchObject({ code: "registry-rate-limited" });
      }
      await client.resolve(target, "1.0" as Tag);
      expect(requestLines(registry)).toEqual(["GET /v2/ 200", `HEAD ${NAME} 200`, `HEAD ${NAME} 200`]);
    });
  });

  test("sends no more than are left", async () => {
    await withClient({ registry: { faults: [limits(3)] } }, async ({ client, target, registry }) => {
      await client.resolve(target, "1.0" as Tag);
      const asked = await Promise.allSettled(Array.from({ length: 20 }, () => client.manifest(target, "1.0" as Tag)));
      expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
      expect(requestLines(registry).filter((line) => line === `GET ${NAME} 200`)).toHaveLength(3);
    });
  });

  test("asks again as soon as someone has signed in", async () => {
    let credentials: Credentials | null = null;
    const harness = {
      registry: {
        authorization: { scheme: "bearer", tokens: createTokenService() },
        faults: [{ ...limits(0), times: 1 }],
      },
      client: { credentials: async () => ({ credentials, source: "a test" }) },
    } as const;
    await withClient(harness, async ({ client, target }) => {
      await client.resolve(target, "1.0" as Tag);
      await expect(client.manifest(target, "1.0" as Tag)).rejects.toMatchObject({ code: "registry-rate-limited" });
      credentials = { kind: "password", username: "user", password: "canary-password" };
      expect((await client.manifest(target, "1.0" as Tag)).size).toBeGreaterThan(0);
    });
  });
});
