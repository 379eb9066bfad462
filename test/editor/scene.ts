import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, inject, test, vi } from "vitest";
import type { RegistryContent } from "../support/registry/content.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { openWorkbench, type Workbench } from "./vscode/workbench.ts";

export const SCREENSHOTS = join(import.meta.dirname, "..", "..", "build", "screenshots");

export interface SceneOptions {
  /** Of the workspace folder, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Those to open. */
  readonly open?: readonly string[];
  readonly content: RegistryContent;
  readonly registry?: RegistryOptions;
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface Stage {
  readonly workbench: Workbench;
  readonly registry: TestRegistry;
  /** The text of a file on disk. */
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Waits until the text of a file on disk is as it should be. */
  untilFile(path: string, holds: (text: string) => boolean): Promise<string>;
  /** Takes a picture now, not only at the end. */
  picture(name: string): Promise<void>;
}

let browser: Browser;

/** Declares what the scenes of a file share. */
export function scenes(): void {
  beforeAll(async () => {
    browser = await chromium.connect(inject("browserEndpoint"));
  });
  afterAll(() => browser.close());
}

/** A test that plays in a window of its own, and leaves a picture `NAME.png` of how it ended. */
export function scene(name: string, title: string, options: SceneOptions, play: (stage: Stage) => Promise<void>) {
  test(title, async () => {
    const folder = await mkdtemp(join(tmpdir(), "dockpin-scene-"));
    const registry = await startRegistry(options.content, options.registry);
    try {
      const write = async (path: string, text: string) => {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      };
      const endpoints = Object.fromEntries(
        REGISTRIES.map((name) => [name, { endpoint: registry.origin, tlsVerify: false }]),
      );
      const settings = { "dockpin.registries": endpoints, ...options.settings };
      await write(".vscode/settings.json", JSON.stringify(settings, null, 2));
      for (const [path, text] of Object.entries(options.files)) await write(path, text);
      const files = options.open ?? Object.keys(options.files).slice(0, 1);
      const workbench = await openWorkbench(browser, { origin: inject("trustingOrigin"), folder, files });
      const picture = async (name: string) => {
        await workbench.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
      };
      const read = (path: string) => readFile(join(folder, path), "utf8");
      try {
        await play({
          workbench,
          registry,
          read,
          write,
          untilFile: async (path, holds) => {
            await vi.waitUntil(async () => holds(await read(path)), { interval: 50, timeout: 30_000 });
            return read(path);
          },
          picture,
        });
      } finally {
        await picture(name);
        await workbench.close();
      }
    } finally {
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

const REGISTRIES = ["docker.io", "ghcr.io", "quay.io"];
