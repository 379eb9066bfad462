import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { sampleImages } from "../../support/sample/images.ts";
import { scene, useBrowser } from "../scene.ts";

const CONTAINERS = readFileSync(
  join(import.meta.dirname, "..", "..", "..", "examples", "homelab", "containers.nix"),
  "utf8",
);

useBrowser();

scene(
  "Restricted Mode sends nothing until the workspace is trusted",
  { files: { "containers.nix": CONTAINERS }, content: sampleImages(), restricted: true },
  async ({ workbench, registry, read, picture }) => {
    const { page } = workbench;
    await workbench.lens("the workspace must be trusted first").first().waitFor();
    // What needs no network is there all the same.
    await page.locator(".squiggly-warning").first().waitFor();
    await workbench.command("dockpin: Show Pinned Images");
    await page.locator(".quick-input-widget").getByText("ghcr.io/example/notes").first().waitFor();
    await page.keyboard.press("Escape");
    await workbench.text("imageDigest").hover();
    await page.locator(".monaco-hover", { hasText: "ghcr.io/example/notes" }).first().waitFor();
    await picture("restricted-mode");
    expect(registry.requests).toEqual([]);

    await workbench.lenses.first().click();
    await page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).click();
    await workbench.open("containers.nix");
    await workbench.lens("1.4 moved").waitFor();
    expect(registry.requests.length).toBeGreaterThan(0);
    expect(await read("containers.nix")).toBe(CONTAINERS);
  },
);
