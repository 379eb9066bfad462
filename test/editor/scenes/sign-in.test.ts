import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { createTokenService } from "../../support/registry/authorization.ts";
import { sampleImages } from "../../support/sample/images.ts";
import { scene, useBrowser } from "../scene.ts";

const ALPINE = readFileSync(join(import.meta.dirname, "..", "..", "..", "examples", "alpine.nix"), "utf8");
const USER = { username: "octocat", password: "the-right-password" };

useBrowser();

scene(
  "A private registry is signed in to from the lens, and signed out of",
  {
    files: { "alpine.nix": ALPINE },
    content: sampleImages(),
    registry: { authorization: { scheme: "bearer", tokens: createTokenService({ account: USER }) } },
  },
  async ({ workbench, registry, picture }) => {
    const { page } = workbench;
    const box = page.locator(".quick-input-widget");
    const type = async (text: string) => {
      await box.locator("input.input").fill(text);
      await page.keyboard.press("Enter");
    };
    await workbench.lens(`Sign in to ${registry.host}`).waitFor();
    // Nobody asked for the check, so nobody is asked.
    expect(await box.isVisible()).toBe(false);
    await workbench.lenses.click();
    await box.getByText("User name").waitFor();
    await type(USER.username);
    await box.getByText("Password or access token of octocat").waitFor();
    expect(await box.locator("input.input").getAttribute("type")).toBe("password");
    await type("a-wrong-password");
    await box.getByText("does not let this account read docker.io/library/alpine").waitFor();
    await picture("sign-in", 360);
    await type(USER.password);
    await workbench.lens("3.20 moved: update digest and hash").waitFor();

    await workbench.command("dockpin: Sign Out…");
    await box.locator(".monaco-list-row", { hasText: registry.host }).click();
    await workbench.lens(`Sign in to ${registry.host}`).waitFor();
  },
);
