import fc from "fast-check";
import { expect, test } from "vitest";
import { createCredentialLookup } from "../../../server/src/registry/credential-lookup.ts";
import { createLoginStatus } from "../../../server/src/registry/login-status.ts";
import { describedMachine } from "../../support/registry/machine.ts";

const REPOSITORIES = ["r.example", "docker.io", "[::1]:5000", "__proto__", "constructor"].map((registry) => ({
  registry,
  path: "team/app",
}));
const CONFIG = "/home/me/.docker/config.json";
const PODMAN = "/home/me/.config/containers/auth.json";
const LEGACY = "/home/me/.dockercfg";
const HELPER = "/bin/docker-credential-mine";

/** Ends up in all that is a secret, be it well-formed or not. */
const CANARY = "canary";
const base64 = (text: string) => Buffer.from(text).toString("base64");
const LEAK = new RegExp([CANARY, "Y2FuYXJ5", base64(`:${CANARY}`), base64(`u:${CANARY}`)].join("|"));

// What comes before a colon is a user name, which may be told.
const secret = fc.string({ maxLength: 6 }).map((text) => CANARY + text.replaceAll(":", ""));
const name = fc.constantFrom("", "user", "<token>", "ü", "a:b", "\0", "__proto__");
const auth = fc.oneof(
  fc.tuple(name, secret).map(([username, password]) => base64(`${username}:${password}`)),
  secret.map(base64),
  secret,
  secret.map((text) => base64(`u:${text}`).slice(0, -3)),
);
const odd = fc.constantFrom(null, 1, true, "", [], {});
const member = fc.oneof(odd, secret);
const entry = fc.oneof(
  member,
  fc.record(
    {
      auth: fc.oneof(auth, member),
      username: fc.oneof(name, odd),
      password: fc.oneof(secret, member),
      identitytoken: fc.oneof(secret, member),
      registrytoken: fc.oneof(secret, member),
    },
    { requiredKeys: [] },
  ),
);
const key = fc.oneof(
  fc.constantFrom("r.example", "r.example/team", "https://r.example/v1/", "docker.io", "https://index.docker.io/v1/"),
  fc.constantFrom("[::1]:5000", "::1:5000", "__proto__", "constructor", "toString", "", "/", "//", "r.example:team"),
  secret.map((text) => `https://u:${text.replace(/[^a-z]/g, "")}@r.example/`),
  fc.string({ unit: "grapheme", maxLength: 8 }),
);
const helper = fc.constantFrom("mine", "missing", "", "../mine", "a b", "x".repeat(100), 1, null);
const keyed = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(key, value), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs) as unknown);
const config = fc.record(
  {
    auths: fc.oneof(keyed(entry), member),
    credHelpers: fc.oneof(keyed(helper), member),
    credsStore: fc.oneof(helper, fc.constant({})),
  },
  { requiredKeys: [] },
);
const textOf = (value: unknown) => JSON.stringify(value);
/** JSON of the right shape, of any shape, cut off somewhere, and anything else. */
const file = (content: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 5, arbitrary: content.map(textOf) },
    fc.tuple(content.map(textOf), fc.nat(60)).map(([text, length]) => text.slice(0, length)),
    fc.json(),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("utf8")),
  );
const output = fc.oneof(
  secret,
  fc.tuple(name, secret).map(([Username, Secret]) => textOf({ ServerURL: "x", Username, Secret })),
  secret.map((text) => textOf([text])),
  secret.map((text) => textOf({ Secret: text }).slice(0, -1)),
  fc.json(),
);

test("any files and any credential helper give an answer, and no secret is told", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ docker: file(config), podman: file(config), legacy: file(keyed(entry)), inline: file(config) }),
      output,
      fc.constantFrom(0, null),
      fc.constantFrom(...REPOSITORIES),
      async (files, stdout, exitCode, repository) => {
        const machine = describedMachine({
          environment: { PATH: "/bin", DOCKER_AUTH_CONFIG: files.inline },
          files: { [CONFIG]: files.docker, [PODMAN]: files.podman, [LEGACY]: files.legacy },
          programs: { [HELPER]: () => ({ exitCode, stdout: exitCode === 0 ? stdout : "" }) },
        });
        const { credentials, ...told } = await createCredentialLookup(machine)(repository);
        const status = await createLoginStatus(machine)(repository, { asksHelpers: true });
        expect(status.state).toBe(credentials === null ? "none" : "found");
        expect(JSON.stringify([told, status, machine.warnings])).not.toMatch(LEAK);
      },
    ),
    { numRuns: 1500 },
  );
});
