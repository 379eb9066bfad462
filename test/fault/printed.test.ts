import { spawn } from "node:child_process";
import { describe, expect, test } from "vitest";
import { basicValue } from "../../server/src/registry/credentials.ts";
import { appContent, BUNDLE, pullImage, REGISTRY, registryWith, workplace } from "../cli/harness.ts";
import { type Authorization, createTokenService } from "../support/registry/authorization.ts";
import type { FaultRow } from "../support/registry/faults.ts";
import { answer, at, flipped, redirect, specError } from "./rows/faults.ts";
import { ACCOUNT, OLD_ACCOUNT, type Secret, SIGNATURE, secretsIn, secretsOfRequests, TOKEN_NAME } from "./secrets.ts";
import { recordPrinted, recordUsed } from "./transcript.ts";

const { content, digests } = appContent();
const IMAGE = `${REGISTRY}/org/app`;
const SRI = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/** Every verb that asks registries. */
const COMMANDS: readonly (readonly string[])[] = [
  ["check"],
  ["update", "--dry-run"],
  ["verify"],
  ["prefetch", IMAGE, "single"],
  ["tags", IMAGE],
  ["login-status", IMAGE],
];

const BASIC: Authorization = { scheme: "basic", account: ACCOUNT };
const bearer = (): Authorization => ({
  scheme: "bearer",
  tokens: createTokenService({ account: ACCOUNT, tokenName: TOKEN_NAME }),
});

interface Scene {
  readonly name: string;
  readonly authorization: Authorization;
  /** Who the user is signed in as. */
  readonly account: typeof ACCOUNT;
  readonly faults?: readonly FaultRow[];
  /** What the registry is sent. */
  readonly used: readonly Secret[];
}

const ECHO = `for ${ACCOUNT.username}:${ACCOUNT.password}, Basic ${basicValue(ACCOUNT)}, https://cdn.test/?sig=${SIGNATURE}`;

const SCENES: readonly Scene[] = [
  { name: "a password", authorization: BASIC, account: ACCOUNT, used: ["account"] },
  { name: "tokens", authorization: bearer(), account: ACCOUNT, used: ["account", "token"] },
  { name: "an old password", authorization: BASIC, account: OLD_ACCOUNT, used: ["account"] },
  { name: "an old password for tokens", authorization: bearer(), account: OLD_ACCOUNT, used: ["account"] },
  {
    name: "errors that repeat the secrets",
    authorization: BASIC,
    account: ACCOUNT,
    faults: [at(/manifests|tags/, specError(403, "DENIED", ECHO, { Warning: `299 - "${ECHO.replaceAll('"', "")}"` }))],
    used: ["account"],
  },
  {
    name: "signed URLs that lead nowhere",
    authorization: BASIC,
    account: ACCOUNT,
    faults: [
      at(/blobs/, redirect(`/signed?X-Amz-Signature=${SIGNATURE}`)),
      at(/signed/, answer(403, {}, `<Error>${SIGNATURE}</Error>`)),
    ],
    used: ["account", "signature"],
  },
  {
    name: "signed URLs that go in circles",
    authorization: BASIC,
    account: ACCOUNT,
    faults: [at(/blobs|signed/, redirect(`/signed?X-Amz-Signature=${SIGNATURE}`))],
    used: ["account", "signature"],
  },
  {
    name: "layers of other content",
    authorization: bearer(),
    account: ACCOUNT,
    faults: [at(/blobs/, { do: "body", body: flipped })],
    used: ["account", "token"],
  },
];

describe("the command line prints no secret", () => {
  test.each(SCENES)("with $name", { timeout: 120_000 }, async ({ name, authorization, account, faults = [], used }) => {
    const { registry, endpoint } = await registryWith(content, { authorization, faults });
    const auths = { [registry.host]: { auth: basicValue(account) } };
    const { dockpin, path } = await workplace({
      "image.nix": pullImage({ imageDigest: digests.oldIndex, hash: SRI, finalImageTag: "1.0" }),
      "auth.json": JSON.stringify({ auths }),
    });
    const how = [...endpoint, "--authfile", path("auth.json")];
    for (const [verb = "", ...args] of COMMANDS) {
      const runs = [[], ["--json"]].map((format) => dockpin(verb, ...args, ...how, ...format));
      for (const { stdout, stderr } of await Promise.all(runs))
        expectNoSecrets(`${verb} with ${name}`, stdout + stderr);
    }
    const received = secretsOfRequests(registry.requests);
    recordUsed(received);
    expect(received.toSorted()).toEqual(used.toSorted());
  });

  test("with a password on standard input", async () => {
    const { registry, endpoint } = await registryWith(content, { authorization: BASIC });
    const { folder, env } = await workplace();
    const args = ["prefetch", IMAGE, "single", ...endpoint, "--username", ACCOUNT.username, "--password-stdin"];
    const child = spawn(process.execPath, [BUNDLE, ...args], { cwd: folder, env, stdio: "pipe" });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
      });
    }
    child.stdin.end(`${ACCOUNT.password}\n`);
    const exitCode = await new Promise((resolve) => child.once("close", resolve));
    expectNoSecrets("prefetch", printed);
    expect(exitCode, printed).toBe(0);
    expect(secretsOfRequests(registry.requests)).toEqual(["account"]);
  });
});

function expectNoSecrets(command: string, printed: string): void {
  recordPrinted(command, printed.split("\n"));
  expect(printed).not.toBe("");
  const leaks = printed.split("\n").filter((line) => secretsIn(line).length > 0);
  expect(leaks, command).toEqual([]);
}
