import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { expect, inject, onTestFinished, test, vi } from "vitest";
import { openExampleWorkspace } from "./example-workspace.ts";
import { openWorkbench } from "./vscode/workbench.ts";

const root = join(import.meta.dirname, "..", "..");

interface Report {
  readonly stats: { readonly passes: number };
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
}

test("the suite inside the extension host passes", async () => {
  const workspace = await openExampleWorkspace(join(root, "examples"));
  onTestFinished(() => workspace.close());
  const browser = await chromium.connect(inject("browserEndpoint"));
  onTestFinished(() => browser.close());
  await rm(inject("suiteReport"), { force: true });
  await openWorkbench(browser, {
    origin: inject("suiteOrigin"),
    folder: workspace.folder,
    developmentPath: root,
    testsPath: inject("suiteBundle"),
  });
  const report = await vi.waitUntil(() => readReport(inject("suiteReport")), { interval: 50, timeout: 170_000 });
  expect(report.failures.map(({ fullTitle, err }) => `${fullTitle}: ${err.message}`)).toEqual([]);
  expect(report.stats.passes).toBeGreaterThan(0);
}, 180_000);

/** Null until the report is there whole. */
async function readReport(path: string): Promise<Report | null> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Report;
  } catch {
    return null;
  }
}
