import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { sampleImages } from "../../support/sample/images.ts";
import { scene, useBrowser } from "../scene.ts";

const ALPINE = readFileSync(join(import.meta.dirname, "..", "..", "..", "examples", "alpine.nix"), "utf8");

useBrowser();

scene(
  "A click on the lens updates the pin",
  { files: { "alpine.nix": ALPINE }, content: sampleImages() },
  async ({ workbench, picture, fileBecomes, updatedByCommandLine }) => {
    await workbench.lens("3.20 moved: update digest and hash").waitFor();
    await workbench.page.keyboard.press("Control+B");
    await workbench.editor.getByText("3.20 moved", { exact: false }).nth(1).waitFor();
    await picture("lens", 360);
    await workbench.lenses.click();
    await workbench.lens("Up to date").waitFor();
    expect(await workbench.lenses.count()).toBe(1);
    await workbench.saveAll();
    await fileBecomes("alpine.nix", (await updatedByCommandLine("alpine.nix"))["alpine.nix"]!);
  },
);

scene(
  "A hover shows the pinned digest and the one that the tag points to",
  { files: { "alpine.nix": ALPINE }, content: sampleImages() },
  async ({ workbench, picture, read, updatedByCommandLine }) => {
    await workbench.lens("3.20 moved").waitFor();
    await workbench.page.keyboard.press("Control+B");
    await workbench.text("imageDigest").hover();
    const hover = workbench.page.locator(".monaco-hover", { hasText: "alpine" });
    const updated = (await updatedByCommandLine("alpine.nix"))["alpine.nix"]!;
    for (const text of [ALPINE, updated]) {
      const [, start] = /imageDigest = "sha256:(.{12})/.exec(text)!;
      await hover.getByText(start!).first().waitFor();
    }
    await picture("hover", 500);
    expect(await read("alpine.nix")).toBe(ALPINE);
  },
);

scene(
  "The light bulb offers the update",
  { files: { "alpine.nix": ALPINE }, content: sampleImages() },
  async ({ workbench, picture, fileBecomes, updatedByCommandLine }) => {
    await workbench.page.locator(".squiggly-info").first().waitFor();
    await workbench.goTo(6, 25);
    await workbench.page.locator('.lightBulbWidget, [class*="codicon-gutter-lightbulb"]').first().click();
    const menu = workbench.page.locator(".action-widget");
    await menu.getByText("Update digest and hash").first().waitFor();
    await picture("quick-fix");
    await menu.getByText("Update digest and hash").first().click();
    await workbench.lens("Up to date").waitFor();
    await workbench.saveAll();
    await fileBecomes("alpine.nix", (await updatedByCommandLine("alpine.nix"))["alpine.nix"]!);
  },
);
