import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listFiles, PackageManager } from "@vscode/vsce";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noticePage } from "../../../scripts/notice.mjs";
import { packExtension } from "../../../scripts/package.mjs";
import { read, root } from "./manifest.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dockpin-package-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the package has what the extension needs, what users read, and nothing else", async () => {
  const files = await listFiles({ cwd: root, packageManager: PackageManager.None });
  const prose = (file: string) => /^docs\/.*\.(md|png)$/.test(file);
  expect(files.filter((file) => !prose(file)).toSorted()).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "NOTICE.md",
    "README.md",
    "SECURITY.md",
    "dist/client.js",
    "dist/prefetch-thread.js",
    "dist/server.js",
    "dist/tree-sitter-nix.wasm",
    "dist/web-tree-sitter.wasm",
    "l10n/bundle.l10n.json",
    "language-configuration.json",
    "media/icon.png",
    "media/walkthrough/lens.png",
    "media/walkthrough/settings.png",
    "media/walkthrough/update-all.png",
    "package.json",
    "package.nls.json",
    "syntaxes/dockpin.injection.tmLanguage.json",
  ]);
  expect(files).toContain("docs/settings.md");
});

test("NOTICE.md is what `npm run notice` writes: the licences of all packages in the bundles", async () => {
  expect(read("NOTICE.md")).toBe(await noticePage());
});

test("the package is smaller than 3 MB", async () => {
  const { size } = await stat(await packExtension(folder));
  expect(size).toBeGreaterThan(100_000);
  expect(size).toBeLessThan(3_000_000);
});
