import * as l10n from "@vscode/l10n";
import { type Connection, MessageType, ShowMessageNotification } from "vscode-languageserver";
import type { Log } from "../base/log.ts";
import type { ClientSupport } from "./client-support.ts";
import { CLIENT_COMMANDS, SHOW_LOG_NOTIFICATION } from "./protocol.ts";

/** What the user is told in so many words: only what closes something that they asked for. */
export interface Messages {
  /** With a button that shows the details, where there are any. */
  close(message: string, isWarning: boolean, details: readonly string[]): void;
}

export function createMessages(
  connection: Connection,
  support: ClientSupport,
  log: Log,
  attend: (work: Promise<unknown>) => void,
): Messages {
  const { window } = connection;
  const canShowLog = support.commands.has(CLIENT_COMMANDS.showLog);
  return {
    close(message, isWarning, details) {
      for (const detail of details) log.info(detail);
      if (details.length === 0 || !canShowLog) {
        attend(tell(connection, message, isWarning));
        return;
      }
      const button = { title: l10n.t("Show details") };
      const answer = isWarning
        ? window.showWarningMessage(message, button)
        : window.showInformationMessage(message, button);
      attend(answer.then((chosen) => (chosen ? connection.sendNotification(SHOW_LOG_NOTIFICATION) : undefined)));
    },
  };
}

/** A message that waits for no answer. */
export function tell(connection: Connection, message: string, isWarning: boolean): Promise<void> {
  const type = isWarning ? MessageType.Warning : MessageType.Info;
  return connection.sendNotification(ShowMessageNotification.type, { type, message });
}
