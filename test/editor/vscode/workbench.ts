import { type Browser, errors, type Locator, type Page } from "playwright-core";
import { type WorkbenchAddress, workbenchUrl } from "./workbench-url.ts";

/** A window of VS Code, driven as a user would: by what is seen, by the mouse and by keys. */
export interface Workbench {
  readonly page: Page;
  /** The editor that has the focus, or had it last. */
  readonly editor: Locator;
  /** All lenses in sight. */
  readonly lenses: Locator;
  lens(title: string | RegExp): Locator;
  /** As `lens`, but also where it can't be clicked yet: a new editor group first draws what VS Code remembers. */
  drawnLens(title: string): Locator;
  /** A piece of the text in the editor. */
  text(piece: string): Locator;
  /** Runs a command of the palette, by its title there. */
  command(title: string): Promise<void>;
  /** Opens a file of the workspace folder by Quick Open. */
  open(path: string): Promise<void>;
  /** Puts the cursor at a line and column, both from 1. */
  goTo(line: number, column: number): Promise<void>;
  /** Saves all files and waits until no tab tells of changes. */
  saveAll(): Promise<void>;
  notification(text: string | RegExp): Locator;
  close(): Promise<void>;
}

const VIEWPORT = { width: 1100, height: 620 };

/** Opens a page of the server and waits until the workbench, and the file that was asked for first, are there. */
export async function openWorkbench(browser: Browser, address: WorkbenchAddress): Promise<Workbench> {
  const context = await browser.newContext({
    viewport: VIEWPORT,
    // Pictures for people are sharp on their screens too.
    deviceScaleFactor: process.env["DOCKPIN_SHARP_PICTURES"] === "true" ? 1.5 : 1,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  // A machine may have much else to do.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await page.goto(workbenchUrl(address));
  await page.locator(".monaco-workbench .statusbar").waitFor();
  const [first] = address.files ?? [];
  if (first !== undefined) await page.locator(".editor-instance .view-line").first().waitFor();
  return workbenchOf(page);
}

function workbenchOf(page: Page): Workbench {
  const activeGroup = page.locator(".editor-group-container.active");
  const editor = activeGroup.locator(".editor-instance .monaco-editor").first();
  const quickInput = page.locator(".quick-input-widget");
  const lenses = page.locator(".codelens-decoration a");
  const input = quickInput.locator("input.input");
  /** Keys are lost while the workbench starts the extension host anew, as it does once a workspace is trusted. */
  const openQuickInput = async (key: string, text: string) => {
    await page.keyboard.press(key);
    for (let tries = 1; tries < KEYS_TRIED && !(await appears(input)); tries++) await page.keyboard.press(key);
    await input.fill(text);
  };
  const pick = async (key: string, text: string, entry: string) => {
    await openQuickInput(key, text);
    const label = quickInput.locator(".monaco-list-row .label-name", { hasText: exactly(entry) }).first();
    await label.click();
    await label.waitFor({ state: "hidden" });
    // Away from what shows hovers.
    await page.mouse.move(VIEWPORT.width - 200, VIEWPORT.height - 100);
  };
  // The palette finds nothing by an ellipsis.
  const command = (title: string) => pick("F1", `>${title.replace(/…$/, "")}`, title);
  return {
    page,
    editor,
    lenses,
    lens: (title) => lenses.filter({ hasText: title }),
    drawnLens: (title) => page.locator(".codelens-decoration").filter({ hasText: title }),
    text: (piece) => editor.locator(".view-line span span").filter({ hasText: piece }).first(),
    command,
    open: async (path) => {
      const name = path.split("/").at(-1) ?? path;
      await pick("Control+P", path, name);
      await activeGroup.locator(".tab.active", { hasText: name }).waitFor();
      await editor.locator(".view-line").first().waitFor();
    },
    goTo: async (line, column) => {
      await openQuickInput("Control+G", `:${line}:${column}`);
      await page.keyboard.press("Enter");
      await page.locator(".statusbar-item", { hasText: `Ln ${line}, Col ${column}` }).waitFor();
    },
    saveAll: async () => {
      await command("File: Save All Files");
      await page.locator(".tab.dirty").first().waitFor({ state: "detached" });
    },
    notification: (text) => page.locator(".notification-toast").filter({ hasText: text }),
    close: () => page.context().close(),
  };
}

const KEYS_TRIED = 10;

/** Whether an element can be seen soon. */
async function appears(element: Locator): Promise<boolean> {
  try {
    await element.waitFor({ timeout: 5_000 });
    return true;
  } catch (error) {
    if (error instanceof errors.TimeoutError) return false;
    throw error;
  }
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}
