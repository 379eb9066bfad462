import { commands, Disposable, LanguageStatusSeverity, l10n, languages, workspace } from "vscode";
import { type LanguageClient, State } from "vscode-languageclient/node";
import { STATUS_NOTIFICATION, type StatusParams } from "../../server/src/lsp/protocol.ts";
import { nixDocuments } from "./served-documents.ts";
import { statusWords } from "./status-words.ts";

/** The server tells of changes only. */
const NOTHING_YET: StatusParams = {
  pins: 0,
  stale: 0,
  incomplete: 0,
  busy: 0,
  failed: 0,
  message: null,
  notes: [],
  online: true,
};

/** The entry under the braces in the status bar: how the pins are. A click lists them. */
export function showStatus(client: LanguageClient): Disposable {
  const item = languages.createLanguageStatusItem("dockpin.status", nixDocuments());
  item.name = "dockpin";
  const showPins = { command: "dockpin.showPins", title: l10n.t("Show Pinned Images") };
  item.command = showPins;
  item.text = l10n.t("Starting…");
  item.busy = true;

  const show = (status: StatusParams) => {
    const { text, detail, warning } = statusWords(status, l10n.t);
    item.text = text;
    item.detail = detail;
    item.severity = warning ? LanguageStatusSeverity.Warning : LanguageStatusSeverity.Information;
    item.busy = status.busy > 0;
    void commands.executeCommand("setContext", "dockpin.hasPins", status.pins > 0);
  };
  const onStatus = client.onNotification(STATUS_NOTIFICATION, show);
  const onState = client.onDidChangeState(({ newState }) => {
    item.busy = newState === State.Starting;
    if (newState === State.Running) {
      item.command = showPins;
      show({ ...NOTHING_YET, online: workspace.isTrusted });
    } else if (newState === State.Stopped) {
      item.text = l10n.t("The dockpin server is not running");
      item.detail = "";
      item.severity = LanguageStatusSeverity.Error;
      item.command = { command: "dockpin.restartServer", title: l10n.t("Restart Server") };
    }
  });
  return Disposable.from(item, onStatus, onState);
}
