import { describe, expect, test } from "vitest";
import { createCredentialLookup } from "../../../server/src/registry/credential-lookup.ts";
import { describedMachine, helperAnswer, type MachineDescription, NOT_FOUND } from "../../support/registry/machine.ts";

const REPOSITORY = { registry: "r.example", path: "team/app" };

function fileFor(username: string, key = "r.example"): string {
  return JSON.stringify({ auths: { [key]: { auth: Buffer.from(`${username}:canary-password`).toString("base64") } } });
}

function lookUp(description: MachineDescription) {
  const machine = describedMachine(description);
  return { ...machine, find: createCredentialLookup(machine) };
}

async function userOf(description: MachineDescription): Promise<string | null> {
  const { credentials } = await lookUp(description).find(REPOSITORY);
  return credentials?.kind === "password" ? credentials.username : null;
}

describe("credentials are looked for in the order of Podman's and Docker's places", () => {
  const files = {
    "/explicit.json": fileFor("explicit"),
    "/run/user/1000/containers/auth.json": fileFor("runtime"),
    "/run/containers/1000/auth.json": fileFor("run"),
    "/xdg/containers/auth.json": fileFor("xdg"),
    "/home/me/.config/containers/auth.json": fileFor("config"),
    "/docker/config.json": fileFor("docker-config"),
    "/home/me/.docker/config.json": fileFor("docker"),
    "/home/me/.dockercfg": JSON.stringify({ "r.example": { auth: Buffer.from("legacy:x").toString("base64") } }),
  };
  const only = (...names: (keyof typeof files)[]) => Object.fromEntries(names.map((name) => [name, files[name]]));
  test.each<[string, MachineDescription, string | null]>([
    ["REGISTRY_AUTH_FILE", { environment: { REGISTRY_AUTH_FILE: "/explicit.json" }, files }, "explicit"],
    [
      "REGISTRY_AUTH_FILE is the only file",
      { environment: { REGISTRY_AUTH_FILE: "/none.json", DOCKER_AUTH_CONFIG: fileFor("inline") }, files },
      null,
    ],
    ["DOCKER_AUTH_CONFIG", { environment: { DOCKER_AUTH_CONFIG: fileFor("inline") }, files }, "inline"],
    ["the run-time folder", { environment: { XDG_RUNTIME_DIR: "/run/user/1000" }, files }, "runtime"],
    ["the run-time folder of the user number", { files }, "run"],
    ["the configuration folder", { environment: { XDG_CONFIG_HOME: "/xdg", XDG_RUNTIME_DIR: "/none" }, files }, "xdg"],
    ["the configuration folder in the home folder", { environment: { XDG_RUNTIME_DIR: "/none" }, files }, "config"],
    [
      "DOCKER_CONFIG",
      { environment: { DOCKER_CONFIG: "/docker" }, files: only("/docker/config.json", "/home/me/.docker/config.json") },
      "docker-config",
    ],
    ["Docker's own file", { files: only("/home/me/.docker/config.json", "/home/me/.dockercfg") }, "docker"],
    ["Docker's legacy file", { files: only("/home/me/.dockercfg") }, "legacy"],
    ["an empty variable counts as unset", { environment: { REGISTRY_AUTH_FILE: "" }, files }, "run"],
    ["an empty file is passed over", { files: { ...files, "/run/containers/1000/auth.json": "" } }, "config"],
    [
      "a file without the registry is passed over",
      { files: { ...files, "/run/containers/1000/auth.json": fileFor("other", "other.example") } },
      "config",
    ],
    [
      "macOS has no run-time folder",
      { platform: "darwin", environment: { XDG_RUNTIME_DIR: "/run/user/1000" }, files },
      "config",
    ],
    [
      "Windows",
      {
        platform: "win32",
        homeFolder: "C:\\Users\\me",
        files: { "C:\\Users\\me\\.docker\\config.json": fileFor("windows") },
      },
      "windows",
    ],
    [
      "names of variables have no case on Windows",
      {
        platform: "win32",
        homeFolder: "C:\\Users\\me",
        environment: { Docker_Config: "D:\\docker" },
        files: { "D:\\docker\\config.json": fileFor("windows") },
      },
      "windows",
    ],
    [
      "Podman on Windows",
      {
        platform: "win32",
        homeFolder: "C:\\Users\\me",
        files: {
          "C:\\Users\\me\\.config\\containers\\auth.json": fileFor("podman"),
          "C:\\Users\\me\\.docker\\config.json": fileFor("docker"),
        },
      },
      "podman",
    ],
    [
      "the configuration folder of macOS before the variable's",
      { platform: "darwin", environment: { XDG_CONFIG_HOME: "/xdg" }, files },
      "config",
    ],
    [
      "the variable's configuration folder on macOS",
      {
        platform: "darwin",
        environment: { XDG_CONFIG_HOME: "/xdg" },
        files: only("/xdg/containers/auth.json", "/home/me/.docker/config.json"),
      },
      "xdg",
    ],
    ["nowhere", {}, null],
  ])("%s", async (_name, machine, user) => {
    expect(await userOf(machine)).toBe(user);
  });
});

describe("where credentials are from is told in words", () => {
  test.each<[string, MachineDescription, string]>([
    [
      "a file",
      { files: { "/home/me/.docker/config.json": fileFor("u") } },
      '"r.example" in /home/me/.docker/config.json',
    ],
    ["a variable", { environment: { DOCKER_AUTH_CONFIG: fileFor("u") } }, '"r.example" in DOCKER_AUTH_CONFIG'],
    ["one file without them", { environment: { REGISTRY_AUTH_FILE: "/a.json" } }, "none were found in /a.json"],
  ])("%s", async (_name, machine, source) => {
    expect((await lookUp(machine).find(REPOSITORY)).source).toBe(source);
  });
});

describe("what cannot be read is a warning and is passed over", () => {
  test.each<[string, string | Error]>([
    ["a malformed file", '{"auths": {"r.example": {"auth": "canary-password'],
    ["an unreadable file", new Error("EACCES: permission denied")],
    ["a malformed entry", '{"auths": {"r.example": {"auth": "Y2FuYXJ5LXBhc3N3b3Jk"}}}'],
  ])("%s", async (_name, content) => {
    const files = { "/run/containers/1000/auth.json": content, "/home/me/.docker/config.json": fileFor("good") };
    const { find, warnings, readPaths } = lookUp({ files });
    const first = await find(REPOSITORY);
    const second = await find({ ...REPOSITORY, path: "other" });
    expect([first, second].map(({ credentials }) => credentials)).toEqual([
      { kind: "password", username: "good", password: "canary-password" },
      { kind: "password", username: "good", password: "canary-password" },
    ]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("/run/containers/1000/auth.json");
    expect(warnings.join()).not.toMatch(/canary|Y2FuYXJ5/);
    expect(new Set(readPaths).size).toBe(readPaths.length);
  });
});

describe("what gives credentials within a file", () => {
  const auth = (username: string) => ({ auth: Buffer.from(`${username}:x`).toString("base64") });
  const CONFIG = "/home/me/.docker/config.json";
  const whole = { "r.example": auth("whole") };
  const part = { "r.example/team": auth("part") };
  const own = { "r.example": "own" };
  test.each<[string, document: object, user: string | null, programsRun: number]>([
    ["a helper of its own before all entries", { credHelpers: own, auths: { ...whole, ...part } }, "own", 1],
    ["a helper of its own alone", { credHelpers: { "r.example": "empty" }, auths: { ...whole, ...part } }, null, 1],
    ["a namespace before the store", { credsStore: "own", auths: { ...whole, ...part } }, "part", 0],
    ["the store before the entry", { credsStore: "own", auths: whole }, "own", 1],
    ["the entry that the store lacks", { credsStore: "empty", auths: whole }, "whole", 1],
    ["a helper of its own before the store", { credHelpers: own, credsStore: "empty" }, "own", 1],
    [
      "the entries where no helper is named on purpose",
      { credHelpers: { "r.example": "" }, credsStore: "own", auths: whole },
      "whole",
      0,
    ],
    ["the store for a mark that it left", { credsStore: "own", auths: { "r.example": {} } }, "own", 1],
    ["no helper of another registry", { credHelpers: { "other.example": "own" } }, null, 0],
    ["no helper of a namespace", { credHelpers: { "r.example/team": "own" } }, null, 0],
    ["a helper by URL", { credHelpers: { "https://r.example": "own" } }, "own", 1],
    ["a store that is no name", { credsStore: ["own"], auths: whole }, "whole", 0],
  ])("%s", async (_name, document, user, programsRun) => {
    const machine = lookUp({
      environment: { PATH: "/bin" },
      files: { [CONFIG]: JSON.stringify(document) },
      programs: {
        "/bin/docker-credential-own": () => helperAnswer("own", "canary-secret"),
        "/bin/docker-credential-empty": () => NOT_FOUND,
      },
    });
    const { credentials } = await machine.find(REPOSITORY);
    expect(credentials?.kind === "password" ? credentials.username : null).toBe(user);
    expect(machine.runs).toHaveLength(programsRun);
    expect(machine.warnings).toEqual([]);
  });

  test("the legacy file names no helpers", async () => {
    const machine = lookUp({
      environment: { PATH: "/bin" },
      files: { "/home/me/.dockercfg": JSON.stringify({ credHelpers: own, credsStore: "own" }) },
      programs: { "/bin/docker-credential-own": () => helperAnswer("own", "x") },
    });
    expect((await machine.find(REPOSITORY)).credentials).toBeNull();
    expect(machine.runs).toEqual([]);
  });
});

describe("a helper that fails", () => {
  const files = {
    "/home/me/.docker/config.json": '{"credsStore":"broken"}',
    "/home/me/.dockercfg": fileFor("legacy").replace('{"auths":', "").slice(0, -1),
  };
  const programs = { "/bin/docker-credential-broken": () => ({ exitCode: 1, stdout: "the keychain is locked\n" }) };
  const OBSTACLE =
    'The credential helper "broken" (credsStore in /home/me/.docker/config.json) gave no credentials for r.example (the keychain is locked)';

  test("is an obstacle, in words and once in a warning", async () => {
    const machine = lookUp({ environment: { PATH: "/bin" }, files: { ...files, "/home/me/.dockercfg": "" }, programs });
    await machine.find(REPOSITORY);
    expect(await machine.find({ ...REPOSITORY, path: "other" })).toEqual({
      credentials: null,
      source: "none, as the credential helper failed",
      obstacle: OBSTACLE,
    });
    expect(machine.warnings).toEqual([`${OBSTACLE}.`]);
  });

  test("is passed over", async () => {
    const machine = lookUp({ environment: { PATH: "/bin" }, files, programs });
    const answer = await machine.find(REPOSITORY);
    expect(answer).toMatchObject({ credentials: { username: "legacy" }, source: '"r.example" in /home/me/.dockercfg' });
    expect(answer).not.toHaveProperty("obstacle");
  });
});

describe("before the files come", () => {
  const files = { "/home/me/.docker/config.json": fileFor("docker") };
  const given = { kind: "password", username: "given", password: "canary-password" } as const;
  const find = (parts: Parameters<typeof createCredentialLookup>[1]) =>
    createCredentialLookup(describedMachine({ environment: { PATH: "/bin" }, files, programs }), parts)(REPOSITORY);
  const programs = { "/bin/docker-credential-cloud": () => helperAnswer("cloud", "x") };

  test("what the user signed in with", async () => {
    const signedIn = async (registry: string) => (registry === "r.example" ? { ...given, username: "editor" } : null);
    expect(await find({ signedIn, given: { registry: "r.example", credentials: given } })).toMatchObject({
      credentials: { username: "editor" },
      source: "the sign-in to r.example",
    });
    expect(await find({ signedIn: async () => null })).toMatchObject({ credentials: { username: "docker" } });
  });

  test("what the command line gives, for its registry alone", async () => {
    expect(await find({ given: { registry: "r.example", credentials: given } })).toEqual({
      credentials: given,
      source: "the command line",
    });
    expect(await find({ given: { registry: "other.example", credentials: given } })).toMatchObject({
      credentials: { username: "docker" },
    });
  });

  test.each<[string[] | null, user: string | null]>([
    [null, "docker"],
    [["cloud", "containers-auth.json"], "cloud"],
    [["containers-auth.json", "cloud"], "docker"],
    [["containers-auth.json"], "docker"],
    [["cloud"], "cloud"],
    [[], null],
  ])("or not the helpers of registries.conf: %j", async (names, user) => {
    const { credentials } = await find({ globalHelpers: async () => names });
    expect(credentials?.kind === "password" ? credentials.username : null).toBe(user);
  });
});
