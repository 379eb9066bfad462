import { expect } from "vitest";
import { layersOf } from "../../support/registry/content.ts";
import { createGate } from "../../support/registry/gate.ts";
import { scene, useBrowser } from "../scene.ts";
import { fileOf, IMAGE_NAMES, sixImages } from "../six-images.ts";

const { content, files } = sixImages();
const paths = IMAGE_NAMES.map(fileOf);
const UPDATE_ALL = "dockpin: Update All Images in Workspace";

useBrowser();

const slowPostgres = createGate(...layersOf(content, "library/postgres", "16-alpine"));
scene(
  "Update all rewrites six files, and one undo takes it back",
  { files, content, open: [fileOf("postgres")], registry: { gate: slowPostgres.pass } },
  async ({ workbench, picture, fileBecomes, updatedByCommandLine }) => {
    const { page } = workbench;
    await workbench.lens("16-alpine moved").waitFor();
    await workbench.command(UPDATE_ALL);
    await slowPostgres.reached;
    await workbench.page.waitForTimeout(1500);
    await picture("probe-1");
    await workbench.notification("5").filter({ hasText: "6" }).waitFor();
    await picture("update-all");
    slowPostgres.open();
    await workbench.notification("6 updated").waitFor();
    await picture("update-all-done");
    await workbench.lens("Up to date").waitFor();
    await workbench.saveAll();
    const updated = await updatedByCommandLine(...paths);
    for (const path of paths) await fileBecomes(path, updated[path]!);

    await workbench.editor.click();
    await page.keyboard.press("Control+Z");
    await page.locator(".monaco-dialog-box").getByText("Undo in 6 Files").click();
    await workbench.lens("16-alpine moved").waitFor();
    await workbench.saveAll();
    for (const path of paths) await fileBecomes(path, files[path]!);
  },
);

const stuckRedis = createGate(...layersOf(content, "library/redis", "7.2"));
scene(
  "Cancelling an update of all leaves every file as it was",
  { files, content, open: [fileOf("postgres")], registry: { gate: stuckRedis.pass } },
  async ({ workbench, registry, read, picture }) => {
    await workbench.lens("16-alpine moved").waitFor();
    await workbench.command(UPDATE_ALL);
    await stuckRedis.reached;
    await workbench.page.waitForTimeout(1500);
    await picture("probe-2");
    const progress = workbench.notification("6");
    await progress.getByText("Cancel").click();
    await progress.waitFor({ state: "hidden" });
    await workbench.lens("16-alpine moved").waitFor();
    await expect.poll(() => registry.openRequests()).toBe(0);
    expect(await workbench.page.locator(".tab.dirty").count()).toBe(0);
    for (const path of paths) expect(await read(path)).toBe(files[path]);
    stuckRedis.open();
  },
);

scene(
  "The preview writes only what is ticked",
  { files, content, open: [fileOf("postgres")] },
  async ({ workbench, picture, fileBecomes, updatedByCommandLine }) => {
    const panel = workbench.page.locator(".refactor-preview, .bulk-edit-panel").first();
    await workbench.lens("16-alpine moved").waitFor();
    await workbench.command("dockpin: Preview Updates…");
    const boxes = panel.locator(".edit-checkbox");
    await boxes.first().waitFor();
    await picture("preview");
    console.log(await panel.innerText());
    expect(await panel.getByText(/^(caddy|grafana|memcached|nats|postgres|redis)/).count()).toBe(6);
  },
);
