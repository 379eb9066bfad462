import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";

export interface WorkbenchOptions {
  /** Of a VS Code server. */
  readonly origin: string;
  /** The workspace folder. */
  readonly folder: string;
  /** Files to open, relative to the folder. */
  readonly files?: readonly string[];
  /** An extension's folder that takes the place of the installed one. */
  readonly developmentPath?: string;
  /** A CommonJS module whose `run()` the extension host calls. */
  readonly testsPath?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** A window of VS Code, driven as a user would: by what is seen and by keys. */
export interface Workbench {
  readonly page: Page;
  /** The editor that has the focus. */
  readonly editor: Locator;
  readonly lenses: Locator;
  lens(title: string | RegExp): Locator;
  /** Runs a command of the palette, by its title there. */
  command(title: string): Promise<void>;
  /** Opens a file of the workspace folder by Quick Open. */
  open(path: string): Promise<void>;
  /** Puts the cursor at a line and column, both from 1. */
  goTo(line: number, column: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a page of the server and waits until the workbench, and the files that were asked for, are there. */
export async function openWorkbench(browser: Browser, options: WorkbenchOptions): Promise<Workbench> {
  const context = await browser.newContext({
    viewport: options.viewport ?? { width: 1200, height: 720 },
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  await page.goto(workbenchUrl(options));
  await page.locator(".monaco-workbench .statusbar").waitFor();
  const [first] = options.files ?? [];
  if (first !== undefined) await page.locator(".editor-instance .view-line").first().waitFor();
  return workbenchOf(page);
}

/** The address of a window of VS Code. */
export function workbenchUrl({ origin, folder, files = [], developmentPath, testsPath }: WorkbenchOptions): string {
  const remote = (path: string) => `vscode-remote://${new URL(origin).host}${path}`;
  const payload = [
    ...(developmentPath === undefined ? [] : [["extensionDevelopmentPath", remote(developmentPath)]]),
    ...(testsPath === undefined ? [] : [["extensionTestsPath", remote(testsPath)]]),
    ...files.map((file) => ["openFile", remote(join(folder, file))]),
  ];
  const query = new URLSearchParams({ folder, payload: JSON.stringify(payload) });
  return `${origin}/?${query}`;
}

function workbenchOf(page: Page): Workbench {
  const editor = page.locator(".editor-group-container.active .editor-instance .monaco-editor").first();
  const quickInput = page.locator(".quick-input-widget");
  const pick = async (key: string, text: string, entry: string) => {
    await page.keyboard.press(key);
    await quickInput.locator("input.input").fill(text);
    await quickInput
      .locator(".monaco-list-row .label-name", { hasText: exactly(entry) })
      .first()
      .click();
    await quickInput.waitFor({ state: "hidden" });
  };
  return {
    page,
    editor,
    lenses: page.locator(".codelens-decoration a"),
    lens: (title) => page.locator(".codelens-decoration a", { hasText: title }),
    command: (title) => pick("F1", `>${title}`, title),
    open: async (path) => {
      const name = path.split("/").at(-1) ?? path;
      await pick("Control+P", path, name);
      await page.locator(".editor-group-container.active .tab.active", { hasText: name }).waitFor();
      await editor.locator(".view-line").first().waitFor();
    },
    goTo: async (line, column) => {
      await page.keyboard.press("Control+G");
      await quickInput.locator("input.input").fill(`:${line}:${column}`);
      await page.keyboard.press("Enter");
      await page.locator(".statusbar-item", { hasText: `Ln ${line}, Col ${column}` }).waitFor();
    },
    close: () => page.context().close(),
  };
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}
