import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSourceFiles } from "../../../server/src/files/source-files.ts";
import type { SourceFiles } from "../../../server/src/nix/source.ts";

const FILES = {
  "outside.nix": "outside",
  "workspace/main.nix": "main",
  "workspace/image.nix": "image",
  "workspace/data.json": "\ufeff{}",
  "workspace/images/default.nix": "images",
  "workspace/images/deep/one.nix": "one",
  "workspace/empty/readme": "",
  "workspace/large.json": " ".repeat(5 * 1024 * 1024 + 1),
  "workspace/latin1.nix": Buffer.from("\xe9", "latin1"),
  "workspace-2/secret.nix": "secret",
};

let folder: string;

beforeEach(() => {
  folder = realpathSync.native(mkdtempSync(join(tmpdir(), "dockpin-source-files-")));
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Names are absolute paths. */
function open(overlay: Readonly<Record<string, string>> = {}, folders: readonly string[] = ["workspace"]) {
  const texts = new Map(Object.entries(overlay).map(([name, text]) => [join(folder, name), text]));
  return createSourceFiles({
    folders: folders.map((name) => join(folder, name)),
    pathOf: (file) => (file.startsWith("untitled:") ? null : file),
    nameOf: (path) => path,
    overlay: (path) => texts.get(path) ?? null,
  });
}

function openFrom(files: SourceFiles, from: string, path: string, kind: "code" | "data" = "code") {
  return files.open(join(folder, from), path, kind);
}

describe("what a path stands for", () => {
  test.each([
    ["main.nix", "./image.nix", "image.nix", "image"],
    ["main.nix", "image.nix", "image.nix", "image"],
    ["main.nix", "./images", "images/default.nix", "images"],
    ["main.nix", "./images/", "images/default.nix", "images"],
    ["main.nix", "./images/../image.nix", "image.nix", "image"],
    ["images/deep/one.nix", "../../image.nix", "image.nix", "image"],
    ["images/deep/one.nix", "../.", "images/default.nix", "images"],
    ["main.nix", "./data.json", "data.json", "{}"],
  ])("in %s, %s", (from, path, name, text) => {
    const file = join(folder, "workspace", name);
    expect(openFrom(open(), `workspace/${from}`, path)).toEqual({ file, text });
  });
});

describe("what is not read", () => {
  test.each([
    ["/etc/passwd", "/etc/passwd is an absolute path; only relative ones are followed"],
    ["~/image.nix", "~/image.nix is in the home folder; only relative paths are followed"],
    ["<nixpkgs>", "<nixpkgs> is looked up outside of the workspace"],
    ["C:\\image.nix", "C:\\image.nix is an absolute path; only relative ones are followed"],
    ["../outside.nix", "it is outside of the workspace"],
    ["../missing.nix", "it is outside of the workspace"],
    ["../workspace-2/secret.nix", "it is outside of the workspace"],
    ["./images/../../outside.nix", "it is outside of the workspace"],
    ["./missing.nix", "the file ./missing.nix does not exist"],
    ["./image.nix/x", "the file ./image.nix/x does not exist"],
    ["./empty", "the file ./empty/default.nix does not exist"],
    ["./large.json", "./large.json is larger than 5 MB"],
    ["./latin1.nix", "./latin1.nix is not UTF-8 text"],
    ["./a\0b", "its path has a zero byte"],
  ])("%j", (path, reason) => {
    const files = open();
    expect(openFrom(files, "workspace/main.nix", path)).toEqual({ reason });
    expect(files.filesRead()).toEqual([]);
  });

  test("a folder where data is wanted", () => {
    const answer = openFrom(open(), "workspace/main.nix", "./images", "data");
    expect(answer).toEqual({ reason: "./images is a folder" });
  });

  test("what a document that was never saved refers to", () => {
    expect(open().open("untitled:1", "./image.nix", "code")).toEqual({
      reason: "the file that names it is on no disk",
    });
  });
});

describe.skipIf(process.platform === "win32")("links", () => {
  test("lead to what is in the workspace", () => {
    symlinkSync("images", join(folder, "workspace", "link"));
    const one = openFrom(open(), "workspace/main.nix", "./link/deep/one.nix");
    expect(one).toEqual({ file: join(folder, "workspace/images/deep/one.nix"), text: "one" });
  });

  test.each([
    ["a file", "../outside.nix", "./link"],
    ["a folder", "../workspace-2", "./link/secret.nix"],
    ["the folder above", "..", "./link/outside.nix"],
  ])("to %s outside are not followed", (_, target, path) => {
    symlinkSync(target, join(folder, "workspace", "link"));
    const files = open();
    expect(openFrom(files, "workspace/main.nix", path)).toEqual({
      reason: `${path} is a link to what is outside of the workspace`,
    });
    expect(files.filesRead()).toEqual([]);
  });

  test("to a folder whose default.nix is a link to the outside are not followed", () => {
    symlinkSync("../../outside.nix", join(folder, "workspace", "empty", "default.nix"));
    expect(openFrom(open(), "workspace/main.nix", "./empty")).toEqual({
      reason: "./empty/default.nix is a link to what is outside of the workspace",
    });
  });

  test("to nothing, or to themselves, are missing files", () => {
    symlinkSync("nowhere", join(folder, "workspace", "dangling"));
    symlinkSync("loop", join(folder, "workspace", "loop"));
    expect(openFrom(open(), "workspace/main.nix", "./dangling")).toHaveProperty("reason");
    expect(openFrom(open(), "workspace/main.nix", "./loop")).toHaveProperty("reason");
  });

  test("that the file with the path lies behind are resolved first, as Nix does", () => {
    symlinkSync("images/deep", join(folder, "workspace", "deep"));
    const answer = openFrom(open(), "workspace/deep/one.nix", "../default.nix");
    expect(answer).toEqual({ file: join(folder, "workspace/images/default.nix"), text: "images" });
  });

  test("a workspace that is one keeps its name", () => {
    symlinkSync("workspace", join(folder, "link"));
    const answer = openFrom(open({}, ["link"]), "link/main.nix", "./image.nix");
    expect(answer).toEqual({ file: join(folder, "link/image.nix"), text: "image" });
  });
});

test("the folders of a workspace may refer to each other", () => {
  const answer = openFrom(open({}, ["workspace", "workspace-2"]), "workspace/main.nix", "../workspace-2/secret.nix");
  expect(answer).toEqual({ file: join(folder, "workspace-2/secret.nix"), text: "secret" });
});

test("what an editor has open counts, saved or not, and nothing that is outside", () => {
  const files = open({
    "workspace/image.nix": "typed",
    "workspace/new.nix": "new",
    "outside.nix": "open as well",
  });
  expect(openFrom(files, "workspace/main.nix", "./image.nix")).toMatchObject({ text: "typed" });
  expect(openFrom(files, "workspace/main.nix", "./new.nix")).toMatchObject({ text: "new" });
  expect(openFrom(files, "workspace/main.nix", "../outside.nix")).toHaveProperty("reason");
  expect(files.filesRead()).toEqual([]);
});

test("a file is read once", () => {
  const files = open();
  openFrom(files, "workspace/main.nix", "./data.json", "data");
  writeFileSync(join(folder, "workspace/data.json"), "changed");
  expect(openFrom(files, "workspace/images/default.nix", "../data.json")).toMatchObject({ text: "{}" });
  expect(files.filesRead()).toMatchObject([{ text: "{}", hasByteOrderMark: true }]);
});
