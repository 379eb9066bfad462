import { describe, expect, test } from "vitest";
import type { InitializeParams } from "vscode-languageserver";
import { ignoreListsOf } from "../../../server/src/lsp/ignore-lists.ts";
import { DEFAULT_SETTINGS } from "../../../server/src/lsp/settings-reading.ts";
import { openWorkspaceFolders } from "../../../server/src/lsp/workspace-folders.ts";
import { pinDocument, pinText } from "./pin-document.ts";

function folders(...uris: string[]) {
  const workspaceFolders = uris.map((uri) => ({ uri, name: uri }));
  return openWorkspaceFolders({ workspaceFolders, rootUri: null } as unknown as InitializeParams);
}

describe("the folders that are open", () => {
  test.each([
    ["file:///config/a.nix", "a.nix"],
    ["file:///config/sub/b%20c.nix", "sub/b c.nix"],
    ["file:///config/inner/d.nix", "d.nix"],
    ["file:///configshop/a.nix", ""],
    ["file:///config/..a.nix", "..a.nix"],
    ["untitled:Untitled-1", ""],
    ["vscode-vfs://github/a/b.nix", ""],
  ])("the path of %s is %j", (uri, path) => {
    expect(folders("file:///config", "file:///config/inner").relativePath(uri)).toBe(path);
  });

  test("what is in them, wherever they are", () => {
    const open = folders("vscode-vfs://github/a", "file:///config/");
    expect(open.contains("vscode-vfs://github/a/b.nix")).toBe(true);
    expect(open.contains("file:///config/b.nix")).toBe(true);
    expect(open.contains("file:///nix/store/b.nix")).toBe(false);
    expect(open.paths()).toHaveLength(1);
  });

  test("without any, everything that is open counts", () => {
    expect(folders().contains("file:///nix/b.nix")).toBe(true);
    expect(folders().paths()).toEqual([]);
  });

  test("one folder, as older clients name it", () => {
    const open = openWorkspaceFolders({ rootUri: "file:///config" } as unknown as InitializeParams);
    expect(open.contains("file:///config/a.nix")).toBe(true);
  });

  test("they come and go", () => {
    const open = folders("file:///a");
    open.change({ added: [{ uri: "file:///b", name: "b" }], removed: [{ uri: "file:///a", name: "a" }] });
    expect([open.contains("file:///a/x.nix"), open.contains("file:///b/x.nix")]).toEqual([false, true]);
  });
});

describe("the lists of what is ignored", () => {
  const lists = (images: string[], files: string[] = []) =>
    ignoreListsOf({ ...DEFAULT_SETTINGS, ignore: { images, files } });
  const assessment = (name: string) => pinDocument(pinText(name)).views[0]!.assessment;

  test.each<[glob: string, image: string, isIgnored: boolean]>([
    ["alpine", "alpine", true],
    ["docker.io/library/alpine", "alpine", true],
    ["library/alpine", "alpine", false],
    ["ghcr.io/example/*", "ghcr.io/example/notes", true],
    ["ghcr.io/example/*", "ghcr.io/example/deep/notes", false],
    ["ghcr.io/**", "ghcr.io/example/deep/notes", true],
    ["*-dev", "ghcr.io/example/notes-dev", true],
    ["alp", "alpine", false],
  ])("the glob %s and the image %s: %j", (glob, image, isIgnored) => {
    expect(lists([glob]).ignoresImage(assessment(image))).toBe(isIgnored);
  });

  test.each<[glob: string, path: string, isIgnored: boolean]>([
    ["vendor/**", "vendor/a/b.nix", true],
    ["vendor/**", "src/vendor/b.nix", false],
    ["**/vendor/**", "src/vendor/b.nix", true],
    ["*.gen.nix", "src/a.gen.nix", true],
    [".hidden/**", ".hidden/a.nix", true],
    ["**", "", false],
  ])("the glob %s and the file %j: %j", (glob, path, isIgnored) => {
    expect(lists([], [glob]).ignoresFile(path)).toBe(isIgnored);
  });
});
