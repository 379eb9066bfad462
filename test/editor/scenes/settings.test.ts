import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseHash, sriHash } from "../../../server/src/nix/hash-encoding.ts";
import { sampleImages } from "../../support/sample/images.ts";
import { scene, useBrowser } from "../scene.ts";

const PATH = "packages/database-image.nix";
const DATABASE = readFileSync(join(import.meta.dirname, "..", "..", "..", "examples", PATH), "utf8");

useBrowser();

scene(
  "Settings apply without a restart",
  {
    files: { [PATH]: DATABASE },
    content: sampleImages(),
    settings: { "workbench.editor.useModal": "off" },
  },
  async ({ workbench, changeSettings, fileBecomes, updatedByCommandLine, picture }) => {
    const { page } = workbench;
    await workbench.lens("16-alpine moved").waitFor();
    await page.locator(".squiggly-info").first().waitFor();
    await changeSettings({ "dockpin.codeLens.enabled": false, "dockpin.hashStyle": "sri" });
    await workbench.lenses.waitFor({ state: "detached" });
    // Once this has shown, the server has the settings above too, whatever the editor still draws.
    await changeSettings({ "dockpin.diagnostics.stale-digest": false });
    await page.locator(".squiggly-info").first().waitFor({ state: "detached" });
    await changeSettings({ "dockpin.codeLens.enabled": true });
    await workbench.lens("16-alpine moved").click();
    await workbench.lens("Up to date").waitFor();
    await workbench.saveAll();
    const kept = (await updatedByCommandLine(PATH))[PATH]!;
    await fileBecomes(PATH, withSri(kept));

    await changeSettings({ "dockpin.codeLens.enabled": undefined });
    await workbench.command("Preferences: Open Settings (UI)");
    await page.locator(".settings-editor .suggest-input-container").click();
    await page.keyboard.type("@ext:dockpin.dockpin ");
    await page.locator(".settings-editor").getByText("Ask the registries").first().waitFor();
    await page.locator(".settings-editor").getByText("Code Lens:").first().click();
    await page.locator(".suggest-widget.visible").waitFor({ state: "hidden" });
    await picture("settings");
  },
);

/** The text with its base32 hash as SRI. */
function withSri(text: string): string {
  const [base32] = /(?<=sha256 = ")[^"]+/.exec(text)!;
  const hash = parseHash(base32!, "sha256");
  if (!hash.ok) throw new Error(hash.problem.message);
  return text.replace(base32!, sriHash(hash.value.digest));
}
