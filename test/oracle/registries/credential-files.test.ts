import { afterAll, beforeAll, describe, test } from "vitest";
import { type DockerRegistry, REGISTRY_ACCOUNT, startDockerRegistry } from "../../support/docker-registry.ts";
import { pushContent } from "../../support/push.ts";
import { type SignedTokenService, startSignedTokenService } from "../../support/signed-tokens.ts";
import { isMissing } from "../../support/tools.ts";
import { type Agreement, expectAgreement, fetchWithBoth, type UserMachine } from "./both.ts";
import { authOf, movedImage, PATH } from "./journey.ts";

/** Its password needs both characters that base64 for URLs writes differently, and has a colon. */
const ROBOT = {
  username: "robot$team+ci@x",
  password: "p:ass~?>wörd",
  htpasswd: "robot$team+ci@x:$2y$05$2jJK/rvEMw8lmXJfZdYGp.7VQjcA8dJrrjcOwNkVkJ/KKz32v3IZG\n",
} as const;
const IDENTITY_TOKEN = "identity-token-of-the-test";
const TOKEN_USER = "00000000-0000-0000-0000-000000000000";

const RIGHT = { auth: authOf(REGISTRY_ACCOUNT) };
const WRONG = { auth: authOf({ username: REGISTRY_ACCOUNT.username, password: "not the password" }) };

type RegistryKind = "basic" | "token" | "open";
type MachineFor = (host: string) => UserMachine;
type Row = readonly [title: string, machine: MachineFor, agreement: Agreement, kind?: RegistryKind];

const RUNTIME = "runtime/containers/auth.json";
const PODMAN = ".config/containers/auth.json";
const DOCKER = ".docker/config.json";

/** A machine with `auths` in Podman's run-time file, where "HOST" in keys is the registry's. */
function auths(entries: Readonly<Record<string, unknown>>, path = RUNTIME): MachineFor {
  return (host) => ({ files: { [path]: authsText(host, entries) } });
}

function authsText(host: string, entries: Readonly<Record<string, unknown>>): string {
  const keyed = Object.entries(entries).map(([key, entry]) => [key.replaceAll("HOST", host), entry]);
  return JSON.stringify({ auths: Object.fromEntries(keyed) });
}

/** A machine with several files: by path, the entry for the registry, or a text that is no JSON object of that kind. */
function files(content: Readonly<Record<string, object | string>>, more: Omit<UserMachine, "files"> = {}): MachineFor {
  return (host) => ({
    ...more,
    files: Object.fromEntries(
      Object.entries(content).map(([path, entry]) => [
        path,
        typeof entry === "string" ? entry : authsText(host, { HOST: entry }),
      ]),
    ),
  });
}

/** A machine whose Docker configuration names the helper "keychain", which is a shell script that ends so. */
function helper(end: string, name: "credHelpers" | "credsStore", auth?: object): MachineFor {
  return (host) => ({
    files: {
      [DOCKER]: JSON.stringify({
        [name]: name === "credsStore" ? "keychain" : { [host]: "keychain" },
        ...(auth && { auths: { [host]: auth } }),
      }),
    },
    programs: {
      "docker-credential-keychain": `#!/bin/sh\n[ "$1" = get ] || exit 2\nread -r server\n[ "$server" = "${host}" ] || exit 3\n${end}\n`,
    },
  });
}

/** A machine whose `registries.conf` has these `credential-helpers`, and whose Docker configuration has this entry. */
function listedHelpers(list: readonly string[], end: string, auth: object): MachineFor {
  return (host) => {
    const { programs = {} } = helper(end, "credHelpers")(host);
    const conf = `credential-helpers = ${JSON.stringify(list)}\n`;
    const auths = JSON.stringify({ auths: { [host]: auth } });
    return { programs, files: { [DOCKER]: auths, ".config/containers/registries.conf": conf } };
  };
}

const says = (username: string, secret: string) =>
  `printf '%s' '${JSON.stringify({ ServerURL: "https://ignored.example", Username: username, Secret: secret })}'`;
const HELPER_SAYS_RIGHT = says(REGISTRY_ACCOUNT.username, REGISTRY_ACCOUNT.password);
const NOT_FOUND = "printf 'credentials not found in native keychain'; exit 1";

const KEYS: readonly Row[] = [
  ["no entry", auths({}), "out"],
  ["the host", auths({ HOST: RIGHT }), "in"],
  ["the host with a wrong password", auths({ HOST: WRONG }), "out"],
  ["another host", auths({ "registry.example": RIGHT }), "out"],
  ["the host by another name", (host) => auths({ [host.replace("127.0.0.1", "localhost")]: RIGHT })(host), "out"],
  ["the host without its port", auths({ "127.0.0.1": RIGHT }), "out"],
  ["the host with another port", auths({ "127.0.0.1:1": RIGHT }), "out"],
  ["a namespace", auths({ "HOST/team": RIGHT }), "in"],
  ["the repository", auths({ "HOST/team/app": RIGHT }), "in"],
  ["another namespace", auths({ "HOST/other": RIGHT }), "out"],
  ["a part of a namespace's name", auths({ "HOST/te": RIGHT }), "out"],
  ["more than the repository", auths({ "HOST/team/app/more": RIGHT }), "out"],
  ["a namespace rather than the host", auths({ HOST: WRONG, "HOST/team": RIGHT }), "in"],
  ["a namespace rather than the host, even if it is wrong", auths({ HOST: RIGHT, "HOST/team": WRONG }), "out"],
  ["the repository rather than a namespace", auths({ "HOST/team": WRONG, "HOST/team/app": RIGHT }), "in"],
  ["a URL by https", auths({ "https://HOST": RIGHT }), "in"],
  ["a URL by http", auths({ "http://HOST": RIGHT }), "in"],
  ["a URL with a slash", auths({ "https://HOST/": RIGHT }), "in"],
  ["a URL of the first API", auths({ "https://HOST/v1/": RIGHT }), "in"],
  ["a URL of the second API", auths({ "https://HOST/v2/": RIGHT }), "in"],
  ["a URL with a path", auths({ "https://HOST/some/where": RIGHT }), "in"],
  [
    "a host with a slash",
    auths({ "HOST/": RIGHT }),
    { skopeo: "out", dockpin: "in", because: "docker takes what is before the slash" },
  ],
  ["the host rather than a URL", auths({ "https://HOST": WRONG, HOST: RIGHT }), "in"],
  ["the host rather than a URL, even if it is wrong", auths({ "https://HOST": RIGHT, HOST: WRONG }), "out"],
  ["a namespace in a URL", auths({ "https://HOST/team": RIGHT }), "in"],
];

const ENTRIES: readonly Row[] = [
  ["nothing", auths({ HOST: {} }), "out"],
  ["an empty auth", auths({ HOST: { auth: "" } }), "out"],
  ["null", auths({ HOST: null }), "out"],
  ["a number", auths({ HOST: 1 }), "out"],
  ["an auth that is no text", auths({ HOST: { auth: 1 } }), "out"],
  ["an auth that is no base64", auths({ HOST: { auth: "!!!" } }), "out"],
  ["an auth without a colon", auths({ HOST: { auth: Buffer.from("dockpin").toString("base64") } }), "out"],
  [
    "an auth that ends with NULs",
    auths({ HOST: { auth: authOf({ ...REGISTRY_ACCOUNT, password: `${REGISTRY_ACCOUNT.password}\0\0` }) } }),
    "in",
  ],
  ["characters beyond ASCII, and a colon in the password", auths({ HOST: { auth: authOf(ROBOT) } }), "in"],
  [
    "an auth without padding",
    auths({ HOST: { auth: RIGHT.auth.replace(/=+$/, "") } }),
    { skopeo: "out", dockpin: "in", because: "tools write it, and there is one way to read it" },
  ],
  [
    "an auth in base64 for URLs",
    auths({ HOST: { auth: Buffer.from(`${ROBOT.username}:${ROBOT.password}`).toString("base64url") } }),
    { skopeo: "out", dockpin: "in", because: "tools write it, and there is one way to read it" },
  ],
  [
    "user name and password",
    auths({ HOST: { username: REGISTRY_ACCOUNT.username, password: REGISTRY_ACCOUNT.password } }),
    { skopeo: "out", dockpin: "in", because: "docker reads them, and the image is there for its users" },
  ],
  ["an auth beside another user name", auths({ HOST: { ...RIGHT, username: "other", password: "other" } }), "in"],
  ["an unknown field", auths({ HOST: { ...RIGHT, comment: "mine" } }), "in"],
  [
    "an identity token",
    auths({ HOST: { auth: authOf({ username: TOKEN_USER, password: "" }), identitytoken: IDENTITY_TOKEN } }),
    "in",
    "token",
  ],
  [
    "a wrong identity token",
    auths({ HOST: { auth: authOf({ username: TOKEN_USER, password: "" }), identitytoken: "wrong" } }),
    "out",
    "token",
  ],
  [
    "an identity token without an auth",
    auths({ HOST: { identitytoken: IDENTITY_TOKEN } }),
    { skopeo: "out", dockpin: "in", because: "docker writes it so when a helper keeps the rest" },
    "token",
  ],
  [
    "an identity token where a password is wanted",
    auths({ HOST: { auth: authOf({ username: TOKEN_USER, password: "" }), identitytoken: IDENTITY_TOKEN } }),
    "out",
  ],
  ["a password for a token", auths({ HOST: RIGHT }), "in", "token"],
  ["a wrong password for a token", auths({ HOST: WRONG }), "out", "token"],
  ["no password for a token", auths({}), "out", "token"],
  ["a password that nobody wants", auths({ HOST: WRONG }), "in", "open"],
];

const PASSED_OVER = "one bad file must not keep people from images; it is told";

/** Debian's skopeo 1.9.3 goes on to the other files. */
const ONLY_FILE: Agreement = { skopeo: "in", dockpin: "out", because: "later releases of skopeo look nowhere else" };

const FILES: readonly Row[] = [
  ["Podman's run-time file", files({ [RUNTIME]: RIGHT }), "in"],
  ["Podman's configuration", files({ [PODMAN]: RIGHT }), "in"],
  [
    "XDG_CONFIG_HOME",
    files({ "elsewhere/containers/auth.json": RIGHT }, { env: { XDG_CONFIG_HOME: "~/elsewhere" } }),
    "in",
  ],
  ["Docker's configuration", files({ [DOCKER]: RIGHT }), "in"],
  ["Docker's old file", (host) => ({ files: { ".dockercfg": JSON.stringify({ [host]: RIGHT }) } }), "in"],
  [
    "Docker's old file, with a URL",
    (host) => ({ files: { ".dockercfg": JSON.stringify({ [`https://${host}/v1/`]: RIGHT }) } }),
    "in",
  ],
  ["DOCKER_CONFIG", files({ "elsewhere/config.json": RIGHT }, { env: { DOCKER_CONFIG: "~/elsewhere" } }), "in"],
  [
    "DOCKER_AUTH_CONFIG",
    (host) => ({ env: { DOCKER_AUTH_CONFIG: authsText(host, { HOST: RIGHT }) } }),
    { skopeo: "out", dockpin: "in", because: "docker and GitLab's runners have it" },
  ],
  ["REGISTRY_AUTH_FILE", files({ "mine.json": RIGHT }, { env: { REGISTRY_AUTH_FILE: "~/mine.json" } }), "in"],
  [
    "REGISTRY_AUTH_FILE and nothing else",
    files({ "mine.json": "{}", [DOCKER]: RIGHT }, { env: { REGISTRY_AUTH_FILE: "~/mine.json" } }),
    ONLY_FILE,
  ],
  [
    "a REGISTRY_AUTH_FILE that is not there",
    files({ [DOCKER]: RIGHT }, { env: { REGISTRY_AUTH_FILE: "~/mine.json" } }),
    ONLY_FILE,
  ],
  ["--authfile", files({ "mine.json": RIGHT }, { options: ["--authfile=~/mine.json"] }), "in"],
  [
    "--authfile and nothing else",
    files({ "mine.json": "{}", [DOCKER]: RIGHT }, { options: ["--authfile=~/mine.json"] }),
    ONLY_FILE,
  ],
  [
    "--authfile rather than REGISTRY_AUTH_FILE",
    files(
      { "mine.json": RIGHT, "other.json": WRONG },
      { options: ["--authfile=~/mine.json"], env: { REGISTRY_AUTH_FILE: "~/other.json" } },
    ),
    "in",
  ],
  ["the run-time file rather than the configuration", files({ [RUNTIME]: RIGHT, [PODMAN]: WRONG }), "in"],
  ["the run-time file, even if it is wrong", files({ [RUNTIME]: WRONG, [PODMAN]: RIGHT }), "out"],
  ["Podman's rather than Docker's", files({ [PODMAN]: WRONG, [DOCKER]: RIGHT }), "out"],
  [
    "Docker's configuration rather than its old file",
    (host) => ({
      files: { [DOCKER]: authsText(host, { HOST: RIGHT }), ".dockercfg": JSON.stringify({ [host]: WRONG }) },
    }),
    "in",
  ],
  [
    "Docker's where Podman's has nothing of it",
    files({ [RUNTIME]: JSON.stringify({ auths: { "other.example": WRONG } }), [DOCKER]: RIGHT }),
    "in",
  ],
  ["Docker's where Podman's entry is empty", files({ [RUNTIME]: {}, [DOCKER]: RIGHT }), "in"],
  [
    "a host in one file and its namespace in the next",
    (host) => ({
      files: { [RUNTIME]: authsText(host, { HOST: WRONG }), [DOCKER]: authsText(host, { "HOST/team": RIGHT }) },
    }),
    "out",
  ],
  ["no JSON", files({ [RUNTIME]: "{" }), "out"],
  ["a list", files({ [RUNTIME]: "[]" }), "out"],
  [
    "no JSON, and a good file after it",
    files({ [RUNTIME]: "{", [DOCKER]: RIGHT }),
    { skopeo: "out", dockpin: "in", because: PASSED_OVER },
  ],
  [
    "an empty file, and a good one after it",
    files({ [RUNTIME]: "", [DOCKER]: RIGHT }),
    { skopeo: "out", dockpin: "in", because: PASSED_OVER },
  ],
  [
    "a folder, and a good file after it",
    files({ [`${RUNTIME}/`]: "", [DOCKER]: RIGHT }),
    { skopeo: "out", dockpin: "in", because: PASSED_OVER },
  ],
  [
    "a bad file, and an image that is for everyone",
    files({ [RUNTIME]: "{" }),
    { skopeo: "out", dockpin: "in", because: PASSED_OVER },
    "open",
  ],
  [
    "a malformed entry, and a good file after it",
    files({ [RUNTIME]: { auth: "!!!" }, [DOCKER]: RIGHT }),
    { skopeo: "out", dockpin: "in", because: PASSED_OVER },
  ],
];

const HELPERS: readonly Row[] = [
  ["that knows the password", helper(HELPER_SAYS_RIGHT, "credHelpers"), "in"],
  ["that knows a wrong password", helper(says("dockpin", "wrong"), "credHelpers"), "out"],
  ["that knows none", helper(NOT_FOUND, "credHelpers"), "out"],
  ["that knows an identity token", helper(says("<token>", IDENTITY_TOKEN), "credHelpers"), "in", "token"],
  ["rather than an entry of its file", helper(HELPER_SAYS_RIGHT, "credHelpers", WRONG), "in"],
  [
    "rather than an entry of its file, even if it is wrong",
    helper(says("dockpin", "wrong"), "credHelpers", RIGHT),
    "out",
  ],
  ["that fails", helper("echo 'the keychain is locked'; exit 1", "credHelpers"), "out"],
  ["that says no JSON", helper("echo hello", "credHelpers"), "out"],
  ["that says nothing", helper("exit 0", "credHelpers"), "out"],
  [
    "that is not there",
    (host) => ({ files: { [DOCKER]: JSON.stringify({ credHelpers: { [host]: "missing" } }) } }),
    "out",
  ],
  [
    "that has a path for a name",
    (host) => ({ files: { [DOCKER]: JSON.stringify({ credHelpers: { [host]: "../keychain" } }) } }),
    "out",
  ],
  [
    "that fails, and an image that is for everyone",
    helper("exit 1", "credHelpers"),
    { skopeo: "out", dockpin: "in", because: PASSED_OVER },
    "open",
  ],
  [
    "for all registries",
    helper(HELPER_SAYS_RIGHT, "credsStore"),
    { skopeo: "out", dockpin: "in", because: "skopeo does not read credsStore; Docker Desktop keeps everything there" },
  ],
  ["that registries.conf lists", listedHelpers(["keychain"], HELPER_SAYS_RIGHT, {}), "in"],
  ["that registries.conf lists, instead of the files", listedHelpers(["keychain"], NOT_FOUND, RIGHT), "out"],
  [
    "that registries.conf lists before the files",
    listedHelpers(["keychain", "containers-auth.json"], HELPER_SAYS_RIGHT, WRONG),
    "in",
  ],
  [
    "that registries.conf lists before the files, and that knows none",
    listedHelpers(["keychain", "containers-auth.json"], NOT_FOUND, RIGHT),
    "in",
  ],
  [
    "that registries.conf lists after the files",
    listedHelpers(["containers-auth.json", "keychain"], says("dockpin", "wrong"), RIGHT),
    "in",
  ],
  ["for all registries, beside an entry", helper(NOT_FOUND, "credsStore", RIGHT), "in"],
];

describe.skipIf(isMissing("docker-registry", "skopeo"))("skopeo and dockpin find the same credentials", () => {
  const started: { close(): Promise<void> }[] = [];
  const hosts = new Map<RegistryKind, string>();

  beforeAll(async () => {
    const keep = <T extends { close(): Promise<void> }>(service: T): T => {
      started.unshift(service);
      return service;
    };
    const { content } = movedImage();
    const service: SignedTokenService = keep(
      await startSignedTokenService({ account: REGISTRY_ACCOUNT, identityToken: IDENTITY_TOKEN }),
    );
    const basic: DockerRegistry = keep(
      await startDockerRegistry({ htpasswd: REGISTRY_ACCOUNT.htpasswd + ROBOT.htpasswd }),
    );
    const token = keep(await startDockerRegistry({ token: service.trust }));
    const open = keep(await startDockerRegistry());
    await pushContent(open.host, content);
    await pushContent(basic.host, content, { credentials: REGISTRY_ACCOUNT });
    await pushContent(token.host, content, { token: service.issue([`repository:${PATH}:pull,push`]) });
    hosts.set("basic", basic.host).set("token", token.host).set("open", open.host);
  });
  afterAll(async () => {
    for (const service of started) await service.close();
  });

  const agrees = async ([, machine, agreement, kind = "basic"]: Row) => {
    const host = hosts.get(kind) ?? "";
    expectAgreement(await fetchWithBoth({ name: `${host}/${PATH}`, reference: "1.0" }, machine(host)), agreement);
  };
  describe("the key is", () => test.for(KEYS)("%s", agrees));
  describe("the entry is", () => test.for(ENTRIES)("%s", agrees));
  describe("the place is", () => test.for(FILES)("%s", agrees));
  describe("a helper", () => test.for(HELPERS)("%s", agrees));
});
