import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { sampleImages } from "../../support/sample/images.ts";
import { scene, useBrowser } from "../scene.ts";

const EXAMPLE = readFileSync(join(import.meta.dirname, "..", "..", "..", "examples", "alpine.nix"), "utf8");
const [DIGEST, HASH] = ["imageDigest", "hash"].map((name) => new RegExp(`${name} = "(.*)"`).exec(EXAMPLE)?.[1]);

const FILES = {
  "images.nix": `{ dockerTools, lib }:
let
  base = {
    imageName = "alpine";
    imageDigest = "${DIGEST}";
    hash = "${HASH}";
    finalImageTag = "3.20";
    arch = "amd64";
  };
in
{
  base = dockerTools.pullImage base;
  tools = dockerTools.pullImage (lib.importJSON ./tools.json);
}
`,
  "tools.json": `{
  "imageName": "alpine",
  "imageDigest": "${DIGEST}",
  "hash": "${HASH}",
  "finalImageName": "tools",
  "finalImageTag": "3.20",
  "os": "linux",
  "arch": "amd64"
}
`,
};

useBrowser();

scene(
  "Lenses on a data set, on its call, and in JSON",
  { files: FILES, content: sampleImages() },
  async ({ workbench, picture, fileBecomes, updatedByCommandLine }) => {
    const moved = "3.20 moved: update digest and hash";
    await expect.poll(() => workbench.drawnLens(moved).count()).toBe(3);
    await workbench.page.keyboard.press("Control+B");
    await workbench.command("View: Split Editor Right");
    await workbench.open("tools.json");
    await expect.poll(() => workbench.drawnLens(moved).count()).toBe(4);
    await picture("other-files");
    await workbench.lens(moved).last().click();
    await expect.poll(() => workbench.drawnLens("Up to date").count()).toBe(2);
    await workbench.saveAll();
    const updated = await updatedByCommandLine("images.nix", "tools.json");
    await fileBecomes("tools.json", updated["tools.json"]!);
    await fileBecomes("images.nix", FILES["images.nix"]);
    await workbench.lens(moved).first().click();
    await expect.poll(() => workbench.drawnLens("Up to date").count()).toBe(4);
    await workbench.saveAll();
    await fileBecomes("images.nix", updated["images.nix"]!);
  },
);
