import { describe, expect, test } from "vitest";
import { locateCredentialHelper } from "../../../server/src/registry/credential-program.ts";
import { describedMachine } from "../../support/registry/machine.ts";

interface Case {
  readonly platform?: string;
  readonly path: string;
  readonly extensions?: string;
  /** Files that can be run. */
  readonly there: readonly string[];
  readonly helper?: string;
}

function locate({ platform = "linux", path, extensions, there, helper = "pass" }: Case) {
  const machine = describedMachine({
    platform,
    homeFolder: platform === "win32" ? "C:\\Users\\me" : "/home/me",
    environment: {
      [platform === "win32" ? "Path" : "PATH"]: path,
      ...(extensions !== undefined && { PATHEXT: extensions }),
    },
    programs: Object.fromEntries(there.map((file) => [file, () => ({})])),
  });
  return locateCredentialHelper(helper, machine);
}

describe("a credential helper is found", () => {
  test.each<[string, Case, string]>([
    ["on PATH", { path: "/usr/bin", there: ["/usr/bin/docker-credential-pass"] }, "/usr/bin/docker-credential-pass"],
    [
      "in the first folder that has it",
      { path: "/a:/b:/c", there: ["/b/docker-credential-pass", "/c/docker-credential-pass"] },
      "/b/docker-credential-pass",
    ],
    [
      "for Windows from inside of WSL",
      { path: "/mnt/c/Docker", helper: "desktop.exe", there: ["/mnt/c/Docker/docker-credential-desktop.exe"] },
      "/mnt/c/Docker/docker-credential-desktop.exe",
    ],
    ...[
      "/usr/local/bin",
      "/opt/homebrew/bin",
      "/Applications/Docker.app/Contents/Resources/bin",
      "/home/me/.docker/bin",
      "/home/me/.nix-profile/bin",
      "/run/current-system/sw/bin",
    ].map((folder): [string, Case, string] => [
      `on macOS in ${folder}, which programs with a window lack`,
      { platform: "darwin", path: "/usr/bin:/bin", there: [`${folder}/docker-credential-pass`] },
      `${folder}/docker-credential-pass`,
    ]),
    [
      "on macOS on PATH first",
      {
        platform: "darwin",
        path: "/mine",
        there: ["/usr/local/bin/docker-credential-pass", "/mine/docker-credential-pass"],
      },
      "/mine/docker-credential-pass",
    ],
    [
      "on Windows",
      { platform: "win32", path: "C:\\Windows;C:\\Docker", there: ["C:\\Docker\\docker-credential-pass.exe"] },
      "C:\\Docker\\docker-credential-pass.exe",
    ],
    [
      "on Windows in a folder in quotes",
      {
        platform: "win32",
        path: '"C:\\Program Files\\Docker"',
        there: ["C:\\Program Files\\Docker\\docker-credential-pass.exe"],
      },
      "C:\\Program Files\\Docker\\docker-credential-pass.exe",
    ],
    [
      "on Windows by its whole name",
      { platform: "win32", path: "C:\\D", helper: "pass.exe", there: ["C:\\D\\docker-credential-pass.exe"] },
      "C:\\D\\docker-credential-pass.exe",
    ],
    [
      "on Windows in a shared folder",
      { platform: "win32", path: "\\\\server\\share", there: ["\\\\server\\share\\docker-credential-pass.exe"] },
      "\\\\server\\share\\docker-credential-pass.exe",
    ],
    [
      "on Windows in the order of PATHEXT",
      {
        platform: "win32",
        path: "C:\\D",
        extensions: ".EXE;.COM",
        there: ["C:\\D\\docker-credential-pass.com", "C:\\D\\docker-credential-pass.exe"],
      },
      "C:\\D\\docker-credential-pass.exe",
    ],
    [
      "on Windows behind a command script",
      {
        platform: "win32",
        path: "C:\\A;C:\\B",
        there: ["C:\\A\\docker-credential-pass.cmd", "C:\\B\\docker-credential-pass.exe"],
      },
      "C:\\B\\docker-credential-pass.exe",
    ],
  ])("%s", async (_name, where, path) => {
    expect(await locate(where)).toEqual({ ok: true, value: path });
  });
});

describe("a credential helper is not found", () => {
  const MISSING = "docker-credential-pass is not on PATH";
  test.each<[string, Case, string]>([
    ["where it is not", { path: "/usr/bin", there: [] }, MISSING],
    ["without a PATH", { path: "", there: ["/docker-credential-pass", "docker-credential-pass"] }, MISSING],
    ["in the current folder", { path: ".:", there: ["docker-credential-pass", "./docker-credential-pass"] }, MISSING],
    [
      "in a relative folder",
      { path: "node_modules/.bin", there: ["node_modules/.bin/docker-credential-pass"] },
      MISSING,
    ],
    [
      "in the fallback folders of macOS elsewhere",
      { path: "/bin", there: ["/usr/local/bin/docker-credential-pass"] },
      MISSING,
    ],
    [
      "in a relative folder on Windows",
      {
        platform: "win32",
        path: ".;bin;\\bin;C:bin",
        there: [
          "docker-credential-pass.exe",
          "bin\\docker-credential-pass.exe",
          "\\bin\\docker-credential-pass.exe",
          "C:bin\\docker-credential-pass.exe",
        ],
      },
      MISSING,
    ],
    [
      "as what Windows runs by an interpreter",
      {
        platform: "win32",
        path: "C:\\D",
        extensions: ".JS;.PY",
        there: ["C:\\D\\docker-credential-pass.js", "C:\\D\\docker-credential-pass.py"],
      },
      MISSING,
    ],
    [
      "as a command script",
      { platform: "win32", path: "C:\\D", there: ["C:\\D\\docker-credential-pass.cmd"] },
      "C:\\D\\docker-credential-pass.cmd is a command script, and only programs are run",
    ],
    [
      "as a command script by its whole name",
      { platform: "win32", path: "C:\\D", helper: "pass.bat", there: ["C:\\D\\docker-credential-pass.bat"] },
      "C:\\D\\docker-credential-pass.bat is a command script, and only programs are run",
    ],
  ])("%s", async (_name, where, message) => {
    expect(await locate(where)).toMatchObject({ ok: false, problem: { message } });
  });

  test.each(["", "../evil", "a/b", "a\\b", "a b", "a;b", "$(id)", "a\n", "pass\0", "ü", "x".repeat(65)])(
    "by the name %j",
    async (helper) => {
      const there = [`/bin/docker-credential-${helper}`];
      expect(await locate({ path: "/bin", helper, there })).toMatchObject({
        ok: false,
        problem: { message: "its name may not stand for a program" },
      });
    },
  );
});
