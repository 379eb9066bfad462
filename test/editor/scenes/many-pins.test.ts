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
    await workbench.notification(/5 of 6 · .* · postgres:16-alpine/).waitFor();
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
    await workbench.lens("16-alpine moved").waitFor();
    await workbench.saveAll();
    for (const path of paths) await fileBecomes(path, files[path]!);
  },
);

const stuckRedis = createGate(...layersOf(content, "library/redis", "7.2"));
scene(
  "Cancelling an update of all leaves every file as it was",
  { files, content, open: [fileOf("postgres")], registry: { gate: stuckRedis.pass } },
  async ({ workbench, registry, read }) => {
    await workbench.lens("16-alpine moved").waitFor();
    await workbench.command(UPDATE_ALL);
    await stuckRedis.reached;
    const progress = workbench.notification("of 6");
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
  async ({ workbench, picture, fileBecomes, read, updatedByCommandLine }) => {
    const { page } = workbench;
    await workbench.lens("16-alpine moved").waitFor();
    await workbench.command("dockpin: Preview Updates…");
    const rows = page.locator(".refactor-preview .monaco-list-row, .bulk-edit-panel .monaco-list-row");
    const caddy = rows.filter({ hasText: "caddy.nix" });
    await caddy.waitFor();
    await workbench.notification("Updating").waitFor({ state: "hidden" });
    await picture("preview");
    await caddy.locator(".edit-checkbox").click();
    await page.getByRole("button", { name: "Apply" }).click();
    await workbench.notification("6 were in the preview").waitFor();
    await page.locator(".tab.dirty", { hasText: "caddy.nix" }).waitFor();
    await workbench.saveAll();
    await fileBecomes(fileOf("caddy"), (await updatedByCommandLine(fileOf("caddy")))[fileOf("caddy")]!);
    for (const path of paths.slice(1)) expect(await read(path)).toBe(files[path]);
  },
);
