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
  async ({ workbench, registry, read }) => {
    const { page } = workbench;
    await workbench.lens("the workspace must be trusted first").first().waitFor();
    // What needs no network is there all the same.
    await page.locator(".squiggly-warning").first().waitFor();
    await workbench.command("dockpin: Show Pinned Images");
    expect(registry.requests).toEqual([]);
    expect(await read("containers.nix")).toBe(CONTAINERS);
  },
);
