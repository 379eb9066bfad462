import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { vsCodeServer } from "../../scripts/vscode-server.mjs";
import { chromiumOptions } from "./vscode/chromium.ts";
import { startVsCodeServer } from "./vscode/server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Two VS Code servers with the packaged extension: of one every folder is trusted, of the other none. */
    readonly trustingOrigin: string;
    readonly wary: { readonly origin: string; readonly settingsFile: string };
    /** Where `chromium.connect` finds the browser. */
    readonly browserEndpoint: string;
    readonly suiteReport: string;
  }
}

const root = join(import.meta.dirname, "..", "..");

/** Starts what all scenes share; gives what ends it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const installation = await vsCodeServer();
  if (installation === null) throw new Error("The VS Code server is not installed; run `npm run test:editor`");
  const folder = await mkdtemp(join(tmpdir(), "dockpin-editor-"));
  const ends: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const endAll = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const vsix = [await packagedExtension()];
    const suiteReport = join(folder, "suite-report.json");
    const server = await startVsCodeServer(installation, {
      folder: join(folder, "trusting"),
      vsix,
      workspaceTrust: false,
      env: { DOCKPIN_SUITE_REPORT: suiteReport },
    });
    ends.push(server.close);
    const browser = await chromium.launchServer(chromiumOptions());
    ends.push(() => browser.close());
    project.provide("trustingOrigin", server.origin);
    project.provide("browserEndpoint", browser.wsEndpoint());
    project.provide("suiteReport", suiteReport);
    return endAll;
  } catch (error) {
    await endAll();
    throw error;
  }
}

/** The `.vsix` that `npm run package` made. */
async function packagedExtension(): Promise<string> {
  if (process.env["VSIX"]) return process.env["VSIX"];
  const names = (await readdir(join(root, "build"))).filter((name) => name.endsWith(".vsix"));
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error(`build/ should hold one .vsix: ${names.join(", ")}`);
  return join(root, "build", name);
}
