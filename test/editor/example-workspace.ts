import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { sampleImages } from "../support/sample/images.ts";

export interface ExampleWorkspace {
  readonly folder: string;
  readonly registry: TestRegistry;
  close(): Promise<void>;
}

/** The `dockpin.registries` setting that leads the registries of all examples to this one. */
export function registriesSetting(registry: TestRegistry): Readonly<Record<string, unknown>> {
  const names = ["docker.io", "ghcr.io", "quay.io"];
  return { "dockpin.registries": Object.fromEntries(names.map((name) => [name, { endpoint: registry.origin }])) };
}

/** A copy of the folder `examples`, a registry in this process that has its images, and settings that lead there. */
export async function openExampleWorkspace(examples: string): Promise<ExampleWorkspace> {
  const registry = await startRegistry(sampleImages());
  const place = await mkdtemp(join(tmpdir(), "dockpin-"));
  const close = async () => {
    await registry.close();
    await rm(place, { recursive: true, force: true });
  };
  try {
    const folder = join(place, "examples");
    await cp(examples, folder, { recursive: true });
    await mkdir(join(folder, ".vscode"));
    await writeFile(join(folder, ".vscode", "settings.json"), JSON.stringify(registriesSetting(registry), null, 2));
    return { folder, registry, close };
  } catch (error) {
    await close();
    throw error;
  }
}
