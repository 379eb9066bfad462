import { describe, expect, test } from "vitest";
import type { Tag } from "../../../server/src/oci/reference.ts";
import { createCredentialLookup } from "../../../server/src/registry/credential-lookup.ts";
import { type Authorization, createTokenService } from "../../support/registry/authorization.ts";
import { createTestClock, requestLines, withClient } from "../../support/registry/client-harness.ts";
import type { FaultRow } from "../../support/registry/faults.ts";
import { describedMachine, helperAnswer, type Program } from "../../support/registry/machine.ts";

const TAG = "1.0" as Tag;
const ACCOUNT = { username: "user", password: "canary-password" };
const BASIC: Authorization = { scheme: "basic", account: ACCOUNT };
const bearer = (account?: typeof ACCOUNT): Authorization => ({
  scheme: "bearer",
  tokens: createTokenService(account === undefined ? {} : { account }),
});
const LOCKED: Program = () => ({ exitCode: 1, stdout: "the keychain is locked" });

/** A user whose credentials are all with the helper "cloud". */
function userWith(program: Program) {
  const machine = describedMachine({
    environment: { PATH: "/bin" },
    files: { "/home/me/.docker/config.json": '{"credsStore":"cloud"}' },
    programs: { "/bin/docker-credential-cloud": program },
  });
  return { machine, credentials: createCredentialLookup(machine, { clock: createTestClock() }) };
}

/** A helper that gives these passwords one after the other, and goes on with the last. */
function giving(...passwords: string[]): Program {
  let run = 0;
  return () => helperAnswer("user", passwords[Math.min(run++, passwords.length - 1)]!);
}

describe("credentials of a helper that the registry refuses are asked for once more", () => {
  test.each([
    ["with Basic authorization", BASIC],
    ["with a token service", bearer(ACCOUNT)],
  ])("%s", async (_name, authorization) => {
    const { machine, credentials } = userWith(giving("canary-password-expired", ACCOUNT.password));
    await withClient({ registry: { authorization }, client: { credentials } }, async ({ client, target }) => {
      await client.resolve(target, TAG);
      await client.resolve(target, TAG);
      expect(machine.runs).toHaveLength(2);
    });
  });

  test.each([
    ["with Basic authorization", BASIC],
    ["with a token service", bearer(ACCOUNT)],
  ])("but not for ever: %s", async (_name, authorization) => {
    const { machine, credentials } = userWith(giving("canary-password-wrong"));
    await withClient({ registry: { authorization }, client: { credentials } }, async ({ client, target }) => {
      const refused = { code: "registry-unauthorized", message: expect.not.stringContaining("canary") };
      await expect(client.resolve(target, TAG)).rejects.toMatchObject(refused);
      await expect(client.resolve(target, TAG)).rejects.toMatchObject(refused);
      expect(machine.runs).toHaveLength(2);
    });
  });
});

describe("when a helper fails, the registry is asked anonymously", () => {
  test("and may answer", async () => {
    const { machine, credentials } = userWith(LOCKED);
    await withClient(
      { registry: { authorization: bearer() }, client: { credentials } },
      async ({ client, target, registry }) => {
        await client.manifest(target, TAG);
        expect(requestLines(registry).at(-1)).toMatch(/ 200$/);
        expect(machine.warnings).toHaveLength(1);
      },
    );
  });

  const refusal = (status: number): FaultRow => ({ path: /\/manifests\//, fault: { do: "answer", status } });
  test.each<[string, Authorization, FaultRow[], code: string]>([
    ["a registry with Basic authorization", BASIC, [], "registry-unauthorized"],
    ["a token service", bearer(ACCOUNT), [], "registry-unauthorized"],
    ["a registry with 401", bearer(), [refusal(401)], "registry-unauthorized"],
    ["a registry with 403", bearer(), [refusal(403)], "registry-denied"],
  ])("and the failure is told first when it is refused by %s", async (_name, authorization, faults, code) => {
    const { credentials } = userWith(LOCKED);
    await withClient({ registry: { authorization, faults }, client: { credentials } }, async ({ client, target }) => {
      await expect(client.resolve(target, TAG)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(
          /^The credential helper "cloud" \(credsStore in \/home\/me\/\.docker\/config\.json\) gave no credentials for 127\.0\.0\.1:\d+ \(the keychain is locked\), so nobody is signed in: /,
        ),
      });
    });
  });
});
