import { describe, expect, test } from "vitest";
import type { Machine } from "../../../server/src/registry/machine.ts";
import { readRegistriesConf } from "../../../server/src/registry/registries-conf-files.ts";

const registry = (location: string, more = "") => `[[registry]]\nlocation = "${location}"\n${more}\n`;
const FAILS = Symbol("a file that cannot be read");

interface Scene {
  readonly files?: Record<string, string | typeof FAILS>;
  readonly folders?: Record<string, readonly string[]>;
  readonly environment?: Record<string, string>;
  readonly platform?: string;
}

async function read({ files = {}, folders = {}, environment = {}, platform = "linux" }: Scene) {
  const warnings: string[] = [];
  const machine: Machine = {
    environment,
    homeFolder: platform === "win32" ? "C:\\Users\\me" : "/home/me",
    platform,
    userId: 1000,
    readTextFile: async (path) => {
      const content = files[path];
      if (content === FAILS) throw new Error("EACCES: permission denied");
      return content ?? null;
    },
    readFolder: async (path) => folders[path] ?? null,
    isExecutable: async () => false,
    runProgram: async () => ({ exitCode: 1, stdout: "", stderr: "" }),
    log: { debug() {}, info() {}, warn: (message) => warnings.push(message) },
  };
  const conf = await readRegistriesConf(machine);
  return { prefixes: conf.registries.map(({ prefix }) => prefix), conf, warnings };
}

const SYSTEM = "/etc/containers/registries.conf";
const USER = "/home/me/.config/containers/registries.conf";

describe("the files that count", () => {
  test.each<[string, Scene, prefixes: string[]]>([
    ["none", {}, []],
    ["the system's", { files: { [SYSTEM]: registry("system") } }, ["system"]],
    [
      "the user's instead of the system's",
      { files: { [SYSTEM]: registry("system"), [USER]: registry("user") } },
      ["user"],
    ],
    ["the user's, empty, instead of the system's", { files: { [SYSTEM]: registry("system"), [USER]: "" } }, []],
    [
      "in XDG_CONFIG_HOME",
      {
        environment: { XDG_CONFIG_HOME: "/xdg" },
        files: { [USER]: registry("user"), "/xdg/containers/registries.conf": registry("xdg") },
      },
      ["xdg"],
    ],
    [
      "the one of CONTAINERS_REGISTRIES_CONF",
      {
        environment: { CONTAINERS_REGISTRIES_CONF: "/named.conf" },
        files: { [SYSTEM]: registry("system"), [USER]: registry("user"), "/named.conf": registry("named") },
      },
      ["named"],
    ],
    [
      "drop-ins by name, the system's first, .conf only",
      {
        files: {
          [SYSTEM]: registry("system"),
          [`${SYSTEM}.d/b.conf`]: registry("b"),
          [`${SYSTEM}.d/a.conf`]: registry("a"),
          [`${SYSTEM}.d/c.conf.bak`]: registry("c"),
          [`${USER}.d/a.conf`]: registry("mine"),
        },
        folders: { [`${SYSTEM}.d`]: ["b.conf", "c.conf.bak", "a.conf"], [`${USER}.d`]: ["a.conf"] },
      },
      ["system", "a", "b", "mine"],
    ],
    [
      "only the user's drop-ins beside the user's file",
      {
        files: { [USER]: registry("user"), [`${SYSTEM}.d/a.conf`]: registry("a"), [`${USER}.d/b.conf`]: registry("b") },
        folders: { [`${SYSTEM}.d`]: ["a.conf"], [`${USER}.d`]: ["b.conf"] },
      },
      ["user", "b"],
    ],
    [
      "on Windows the user's only: anyone may make C:\\etc",
      {
        platform: "win32",
        files: {
          [SYSTEM]: registry("system"),
          "C:\\Users\\me\\.config\\containers\\registries.conf": registry("user"),
        },
      },
      ["user"],
    ],
  ])("%s", async (_name, scene, prefixes) => {
    expect(await read(scene)).toMatchObject({ prefixes, warnings: [] });
  });

  test("a drop-in replaces the table of the same prefix", async () => {
    const { conf } = await read({
      files: { [SYSTEM]: registry("a", "insecure = true"), [`${SYSTEM}.d/x.conf`]: registry("a", "blocked = true") },
      folders: { [`${SYSTEM}.d`]: ["x.conf"] },
    });
    expect(conf.registries).toMatchObject([{ prefix: "a", insecure: false, blocked: true }]);
  });
});

describe("a file that is of no use is a warning, and the others count", () => {
  test.each<[string, Scene, warning: RegExp]>([
    [
      "malformed",
      { files: { [SYSTEM]: "[[registry" } },
      /^The registries in \/etc\/containers\/registries\.conf are not used: it is not TOML in line 1 \(.*\)\.$/,
    ],
    [
      "version 1",
      { files: { [SYSTEM]: "[registries.block]\nregistries = ['a']" } },
      /not used: it is in the old version 1; write \[\[registry\]\] tables instead of .*\.$/,
    ],
    ["not readable", { files: { [SYSTEM]: FAILS } }, /not used: EACCES: permission denied\.$/],
    [
      "named, but missing",
      { environment: { CONTAINERS_REGISTRIES_CONF: "/named.conf" } },
      /^The registries in \/named\.conf are not used: there is no such file \(CONTAINERS_REGISTRIES_CONF names it\)\.$/,
    ],
  ])("%s", async (_name, { files = {}, ...scene }, warning) => {
    const read1 = await read({
      ...scene,
      files: { ...files, [`${SYSTEM}.d/ok.conf`]: registry("ok") },
      folders: { [`${SYSTEM}.d`]: ["ok.conf"] },
    });
    expect(read1.warnings).toEqual([expect.stringMatching(warning)]);
    expect(read1.prefixes).toEqual(["ok"]);
  });
});
