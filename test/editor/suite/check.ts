import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { type CodeLens, commands, type TextDocument, Uri, window, workspace } from "vscode";

/** What is to hold, and how to find out. */
export type Check = readonly [title: string, check: () => Promise<void>];

/** Asks until there is an answer; the check's own time limit is the only one. */
export async function eventually<T>(ask: () => T | undefined | PromiseLike<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await setTimeout(25);
  }
}

/** Opens a file of the workspace in an editor. */
export async function open(path: string): Promise<TextDocument> {
  const folder = workspace.workspaceFolders?.[0];
  assert(folder, "no folder is open");
  const document = await workspace.openTextDocument(Uri.joinPath(folder.uri, path));
  await window.showTextDocument(document);
  return document;
}

/** What the providers of all extensions answer for a document, by one of the `vscode.execute…Provider` commands. */
export async function ask<T>(command: string, document: TextDocument, ...args: unknown[]): Promise<T> {
  return await commands.executeCommand<T>(command, document.uri, ...args);
}

/** The lenses of a document, resolved. */
export function lenses(document: TextDocument): Promise<CodeLens[]> {
  return ask("vscode.executeCodeLensProvider", document, 100);
}
