import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { layersOf } from "../../support/registry/content.ts";
import { createGate } from "../../support/registry/gate.ts";
import { sampleImages } from "../../support/sample/images.ts";
import { scene, useBrowser } from "../scene.ts";

const ALPINE = readFileSync(join(import.meta.dirname, "..", "..", "..", "examples", "alpine.nix"), "utf8");
const REMARK = "# Not saved yet.";

useBrowser();

scene(
  "A second editor group shows the same, and unsaved text is kept",
  { files: { "alpine.nix": ALPINE }, content: sampleImages() },
  async ({ workbench, read, fileBecomes, updatedByCommandLine }) => {
    const { page } = workbench;
    await workbench.lens("3.20 moved").waitFor();
    await page.keyboard.press("Control+B");
    await workbench.command("View: Split Editor Right");
    await expect.poll(() => workbench.drawnLens("3.20 moved").count()).toBe(2);
    await workbench.editor.locator(".view-line").first().click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.insertText(`${REMARK}\n`);
    await page.locator(".tab.dirty").first().waitFor();
    await workbench.lens("3.20 moved").last().click();
    await expect.poll(() => workbench.drawnLens("Up to date").count()).toBe(2);
    expect(await read("alpine.nix")).toBe(ALPINE);
    await workbench.saveAll();
    const updated = (await updatedByCommandLine("alpine.nix"))["alpine.nix"]!;
    await fileBecomes("alpine.nix", `${REMARK}\n${updated}`);
  },
);

const slowLayer = createGate(...layersOf(sampleImages(), "library/alpine", "3.20"));
scene(
  "What is typed during an update is kept",
  { files: { "alpine.nix": ALPINE }, content: sampleImages(), registry: { gate: slowLayer.pass } },
  async ({ workbench, picture, fileBecomes, updatedByCommandLine }) => {
    const { page } = workbench;
    await workbench.lens("3.20 moved").click();
    await slowLayer.reached;
    await workbench.lens("Prefetching…").waitFor();
    await picture("prefetching");
    await workbench.editor.locator(".view-line").first().click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.insertText(`${REMARK}\n`);
    slowLayer.open();
    await workbench.lens("Up to date").waitFor();
    await workbench.saveAll();
    const updated = (await updatedByCommandLine("alpine.nix"))["alpine.nix"]!;
    await fileBecomes("alpine.nix", `${REMARK}\n${updated}`);
  },
);
