import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { workplace } from "../cli/harness.ts";
import type { RegistryContent } from "../support/registry/content.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { registriesSetting } from "./example-workspace.ts";
import { openWorkbench, type Workbench } from "./vscode/workbench.ts";

const SCREENSHOTS = join(import.meta.dirname, "..", "..", "build", "screenshots");
const SETTINGS = join(".vscode", "settings.json");

export interface SceneOptions {
  /** Of the workspace folder, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Those to open; the first when absent. */
  readonly open?: readonly string[];
  readonly content: RegistryContent;
  readonly registry?: RegistryOptions;
  /** More than the registries. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Opens the folder in Restricted Mode. */
  readonly restricted?: boolean;
}

/** What a scene has to play with. */
export interface Stage {
  readonly workbench: Workbench;
  readonly registry: TestRegistry;
  /** The text of a file on disk. */
  read(path: string): Promise<string>;
  /** Changes settings of the workspace on disk, as an editor elsewhere would. */
  changeSettings(settings: Readonly<Record<string, unknown>>): Promise<void>;
  /** Waits until the file on disk is as it should be; fails with the difference. */
  fileBecomes(path: string, text: string): Promise<void>;
  /** What the command line makes of the files of the scene. */
  updatedByCommandLine(...paths: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** Takes a picture of the window's upper part now, besides the one of the end. */
  picture(name: string, height?: number): Promise<void>;
}

let browser: Browser;

/** Connects the scenes of a file to the browser that all share. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.connect(inject("browserEndpoint"));
  });
  afterAll(() => browser.close());
}

/** A test that plays in a window of its own and a folder of its own, and leaves a picture of how it ended. */
export function scene(title: string, options: SceneOptions, play: (stage: Stage) => Promise<void>): void {
  test(title, async () => {
    const place = await mkdtemp(join(tmpdir(), "dockpin-scene-"));
    const folder = join(place, "nixos-config");
    const registry = await startRegistry(options.content, options.registry);
    const settingsFile = options.restricted === true ? inject("waryMachineSettings") : join(folder, SETTINGS);
    try {
      for (const [path, text] of Object.entries(options.files)) await writeText(join(folder, path), text);
      // What one scene has learnt is not to spare another its downloads.
      const forgetful = { "dockpin.cache.maxSize": 0 };
      await mergeSettings(settingsFile, { ...forgetful, ...registriesSetting(registry), ...options.settings });
      const workbench = await openWorkbench(browser, {
        origin: inject(options.restricted === true ? "waryOrigin" : "trustingOrigin"),
        folder,
        files: options.open ?? Object.keys(options.files).slice(0, 1),
      });
      const read = (path: string) => readFile(join(folder, path), "utf8");
      const picture = async (name: string, height?: number) => {
        const { width, height: whole } = workbench.page.viewportSize()!;
        const clip = { x: 0, y: 0, width, height: height ?? whole };
        await workbench.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), clip });
      };
      try {
        await play({
          workbench,
          registry,
          read,
          picture,
          changeSettings: (settings) => mergeSettings(settingsFile, settings),
          fileBecomes: (path, text) =>
            vi.waitFor(async () => expect(await read(path)).toBe(text), { interval: 50, timeout: 30_000 }),
          updatedByCommandLine: (...paths) => updated(options.files, paths, registry),
        });
      } finally {
        await picture(title.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase());
        await workbench.close();
      }
    } finally {
      await registry.close();
      await rm(place, { recursive: true, force: true });
    }
  });
}

async function mergeSettings(path: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const present = await readFile(path, "utf8").catch(() => "{}");
  // The file appears whole: an empty one would have all settings at their defaults for a moment.
  await writeText(`${path}.new`, JSON.stringify({ ...JSON.parse(present), ...settings }, null, 2));
  await rename(`${path}.new`, path);
}

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function updated(files: Readonly<Record<string, string>>, paths: readonly string[], registry: TestRegistry) {
  const place = await workplace(files);
  const endpoints = ["docker.io", "ghcr.io", "quay.io"].flatMap((name) => ["--endpoint", `${name}=${registry.origin}`]);
  expect(await place.dockpin("update", ...paths, ...endpoints)).toMatchObject({ code: 0 });
  const texts = await Promise.all(paths.map(async (path) => [path, await place.read(path)]));
  return Object.fromEntries(texts);
}
