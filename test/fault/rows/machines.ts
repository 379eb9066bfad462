import { helperAnswer, NOT_FOUND, type Program } from "../../support/registry/machine.ts";
import { ACCOUNT, IDENTITY_TOKEN } from "../secrets.ts";
import { START } from "./faults.ts";
import type { Row } from "./row.ts";

const DOCKER = "/home/me/.docker/config.json";
const HELPER = "/bin/docker-credential-vault";
const WITH_HELPER = { [DOCKER]: '{"credHelpers":{"{registryHost}":"vault"}}' };
const SIGNED_IN = "ping 401, manifest 200, config 200, layer 200";
const helped = (program: Program) => ({
  files: WITH_HELPER,
  programs: { [HELPER]: program },
  environment: { PATH: "/bin" },
});
const givesUp = {
  authorization: "basic",
  outcome: "registry-unauthorized",
  requests: { registry: "ping 401" },
} as const;

/** Credential files and helpers that are not as they should be. */
export const machineRows: readonly Row[] = [
  {
    id: "A20",
    what: "a helper has the password",
    authorization: "basic",
    machine: helped(() => helperAnswer(ACCOUNT.username, ACCOUNT.password)),
    outcome: "right",
    requests: { registry: SIGNED_IN },
  },
  {
    id: "A20-token",
    what: "a helper has an identity token",
    authorization: "bearer",
    machine: helped(() => helperAnswer("<token>", IDENTITY_TOKEN)),
    outcome: "right",
    requests: { registry: SIGNED_IN, auth: "POST token 200" },
  },
  { id: "A20-nothing", what: "the helper knows nobody", ...givesUp, machine: helped(() => NOT_FOUND) },
  {
    id: "A20-missing",
    what: "the helper is not there",
    ...givesUp,
    says: /docker-credential-vault/,
    warns: /docker-credential-vault|vault/,
    machine: { files: WITH_HELPER, environment: { PATH: "/bin" } },
  },
  {
    id: "A20-fails",
    what: "the helper fails with a message",
    ...givesUp,
    says: /the vault is sealed/,
    warns: /the vault is sealed/,
    machine: helped(() => ({ exitCode: 1, stdout: "the vault is sealed\n" })),
  },
  {
    id: "A20-garbage",
    what: "the helper answers with a password, but not as it should",
    ...givesUp,
    warns: /vault/,
    machine: helped(() => ({ stdout: `password: ${ACCOUNT.password}` })),
  },
  {
    id: "A20-long",
    what: "the helper writes without end, and is stopped",
    ...givesUp,
    warns: /vault/,
    machine: helped(() => {
      throw new Error("it wrote more than 65536 bytes");
    }),
  },
  {
    id: "A20-public",
    what: "the helper fails, but the image is public",
    machine: helped(() => ({ exitCode: 1, stdout: "the vault is sealed\n" })),
    outcome: "right",
    requests: { registry: `${START}, layer 200` },
  },
  {
    id: "A20-path",
    what: "a helper's name is a path",
    ...givesUp,
    warns: /./,
    machine: { files: { [DOCKER]: '{"credsStore":"../../tmp/evil"}' }, environment: { PATH: "/bin" } },
  },
  ...(
    [
      ["A21", "malformed", `{"auths":{"{registryHost}":{"auth":"${ACCOUNT.password}"`],
      ["A21-unreadable", "unreadable", new Error("EACCES: permission denied")],
      ["A21-array", "a list", "[]"],
    ] as const
  ).map<Row>(([id, what, content]) => ({
    id,
    what: `the file of credentials is ${what}, and the image is public`,
    authorization: "bearer for all",
    machine: { files: { [DOCKER]: content } },
    outcome: "right",
    warns: /The credentials in \/home\/me\/\.docker\/config\.json are not used/,
    requests: { registry: SIGNED_IN, auth: "token(pull) 200" },
  })),
  {
    id: "A21-other",
    what: "the file has credentials of another host only",
    ...givesUp,
    machine: { files: { [DOCKER]: `{"auths":{"other.example":{"auth":"{basic}"}}}` } },
  },
  {
    id: "A21-port",
    what: "the file has credentials of another port only",
    ...givesUp,
    machine: {
      files: { [DOCKER]: `{"auths":{"registry.test:1":{"auth":"{basic}"},"registry.test":{"auth":"{basic}"}}}` },
    },
  },
  {
    id: "A21-namespace",
    what: "the file has credentials for the namespace, and others for the host",
    authorization: "basic",
    machine: {
      files: {
        [DOCKER]: `{"auths":{"{registryHost}/team":{"auth":"{basic}"},"{registryHost}":{"auth":"eDp5"}}}`,
      },
    },
    outcome: "right",
    requests: { registry: SIGNED_IN },
  },
];
