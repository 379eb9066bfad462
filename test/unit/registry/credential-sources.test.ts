import { describe, expect, test } from "vitest";
import type { Log } from "../../../server/src/base/log.ts";
import { lookUpCredentialFiles } from "../../../server/src/registry/credential-sources.ts";

const REPOSITORY = { registry: "r.example", path: "team/app" };

function fileFor(username: string, key = "r.example"): string {
  return JSON.stringify({ auths: { [key]: { auth: Buffer.from(`${username}:canary-password`).toString("base64") } } });
}

interface Machine {
  readonly environment?: Record<string, string>;
  readonly files?: Record<string, string | Error>;
  readonly platform?: string;
  readonly homeFolder?: string;
}

function lookUp({ environment = {}, files = {}, platform = "linux", homeFolder = "/home/me" }: Machine) {
  const warnings: string[] = [];
  const readPaths: string[] = [];
  const log: Log = { debug() {}, info() {}, warn: (message) => warnings.push(message) };
  const find = lookUpCredentialFiles({
    environment,
    homeFolder,
    platform,
    userId: platform === "win32" ? null : 1000,
    readTextFile: async (path) => {
      readPaths.push(path);
      const content = files[path];
      if (content instanceof Error) throw content;
      return content ?? null;
    },
    log,
  });
  return { find, warnings, readPaths };
}

async function userOf(machine: Machine): Promise<string | null> {
  const { credentials } = await lookUp(machine).find(REPOSITORY);
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
  test.each<[string, Machine, string | null]>([
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
    ["nowhere", {}, null],
  ])("%s", async (_name, machine, user) => {
    expect(await userOf(machine)).toBe(user);
  });
});

describe("where credentials are from is told in words", () => {
  test.each<[string, Machine, string]>([
    [
      "a file",
      { files: { "/home/me/.docker/config.json": fileFor("u") } },
      '"r.example" in /home/me/.docker/config.json',
    ],
    ["a variable", { environment: { DOCKER_AUTH_CONFIG: fileFor("u") } }, '"r.example" in DOCKER_AUTH_CONFIG'],
    ["one file without them", { environment: { REGISTRY_AUTH_FILE: "/a.json" } }, "none were found in /a.json"],
    [
      "a credential helper",
      { files: { "/home/me/.docker/config.json": '{"credsStore":"desktop"}' } },
      '/home/me/.docker/config.json leaves them to the credential helper "desktop", which is not asked',
    ],
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
