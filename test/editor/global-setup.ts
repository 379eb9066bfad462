import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { bundleEditorSuite } from "../../scripts/editor-suite.mjs";
import { packExtension } from "../../scripts/package.mjs";
import { vsCodeServer } from "../../scripts/vscode-server.mjs";
import { chromiumOptions } from "./vscode/chromium.ts";
import { type ServerOptions, startVsCodeServer } from "./vscode/server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Of a VS Code server with the packaged extension that trusts every folder. */
    readonly trustingOrigin: string;
    /** Of one that trusts none. */
    readonly waryOrigin: string;
    readonly waryMachineSettings: string;
    /** Where `chromium.connect` finds the browser. */
    readonly browserEndpoint: string;
    /** Of one that runs suites. */
    readonly suiteOrigin: string;
    /** The suite that runs in the extension host. */
    readonly suiteBundle: string;
    /** Where the suite in the extension host leaves its report. */
    readonly suiteReport: string;
  }
}

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
    const vsix = [await packExtension(folder)];
    const suiteReport = join(folder, "suite-report.json");
    const start = async (name: string, options: Omit<ServerOptions, "folder">) => {
      const server = await startVsCodeServer(installation, { folder: join(folder, name), ...options });
      ends.push(server.close);
      return server;
    };
    const trusting = await start("trusting", { vsix, workspaceTrust: false });
    const wary = await start("wary", { vsix, workspaceTrust: true });
    const suites = await start("suites", {
      workspaceTrust: false,
      forSuites: true,
      env: { DOCKPIN_SUITE_REPORT: suiteReport },
    });
    const browser = await chromium.launchServer(chromiumOptions());
    ends.push(() => browser.close());
    project.provide("trustingOrigin", trusting.origin);
    project.provide("waryOrigin", wary.origin);
    project.provide("waryMachineSettings", wary.machineSettings);
    project.provide("browserEndpoint", browser.wsEndpoint());
    project.provide("suiteOrigin", suites.origin);
    project.provide("suiteBundle", await bundleEditorSuite());
    project.provide("suiteReport", suiteReport);
    return endAll;
  } catch (error) {
    await endAll();
    throw error;
  }
}
