import { Disposable, type ExtensionContext, type LogOutputChannel, workspace } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { SHOW_LOG_NOTIFICATION, TRUST_NOTIFICATION } from "../../server/src/lsp/protocol.ts";
import { createClient } from "./language-client.ts";
import { ProgressNotifications } from "./progress-notifications.ts";
import { showStatus } from "./status-item.ts";

/** A server from its start to its stop, with what shows how it is. */
export interface Session {
  readonly client: LanguageClient;
  stop(): Promise<void>;
}

export function startSession(context: ExtensionContext, log: LogOutputChannel): Session {
  const progress = new ProgressNotifications();
  const client = createClient(context, log, progress);
  const attached = Disposable.from(
    progress,
    progress.follow(client),
    showStatus(client),
    client.onNotification(SHOW_LOG_NOTIFICATION, () => log.show(true)),
    workspace.onDidGrantWorkspaceTrust(() => client.sendNotification(TRUST_NOTIFICATION)),
  );
  // The client itself tells the user why a server did not start.
  const started = client.start().catch((error: unknown) => log.error(String(error)));
  return {
    client,
    async stop() {
      attached.dispose();
      await started;
      // Stopping one that did not start, or has stopped, is an error to the client.
      if (client.isRunning()) await client.dispose();
    },
  };
}
