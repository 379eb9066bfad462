import { env, l10n, window } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { type PinItem, SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { pinAt } from "./pin-at.ts";
import { execute, requestPins } from "./server-requests.ts";

/** Says so when the cursor is not in a pin. */
export async function withPinUnderCursor(client: LanguageClient, run: (pin: PinItem) => Promise<void>): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined) return;
  const pins = await requestPins(client, editor.document.uri);
  const pin = pinAt(pins, editor.selection.active);
  if (pin === null) {
    void window.showInformationMessage(l10n.t("There is no pinned image at the cursor."));
    return;
  }
  await run(pin);
}

export async function copyDigest(pin: PinItem): Promise<void> {
  if (pin.digest === null) {
    void window.showInformationMessage(l10n.t("The image at the cursor has no digest yet."));
    return;
  }
  await env.clipboard.writeText(pin.digest);
}

export async function updateAllInFile(client: LanguageClient): Promise<void> {
  const document = window.activeTextEditor?.document;
  if (document === undefined) return;
  await execute(client, SERVER_COMMANDS.updateFile, client.code2ProtocolConverter.asUri(document.uri));
}
