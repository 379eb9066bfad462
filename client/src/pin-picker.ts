import { l10n, type QuickPickItem, window, workspace } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { PinItem } from "../../server/src/lsp/protocol.ts";
import { requestPins } from "./server-requests.ts";

/** Lists the pins of the workspace; opens the one that is picked. */
export async function showPins(client: LanguageClient): Promise<void> {
  const items = requestPins(client, null).then((pins) => pins.map((pin) => pickItem(client, pin)));
  const picked = await window.showQuickPick(items, {
    title: l10n.t("Pinned Images"),
    placeHolder: l10n.t("Go to an image"),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) return;
  const selection = client.protocol2CodeConverter.asRange(picked.pin.range);
  await window.showTextDocument(client.protocol2CodeConverter.asUri(picked.pin.uri), {
    selection: selection.with({ end: selection.start }),
  });
}

function pickItem(client: LanguageClient, pin: PinItem): QuickPickItem & { pin: PinItem } {
  const path = workspace.asRelativePath(client.protocol2CodeConverter.asUri(pin.uri));
  return { label: pin.image, description: pin.status, detail: `${path}:${pin.range.start.line + 1}`, pin };
}
