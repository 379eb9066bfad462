import { type CancellationToken, Disposable, type ExtensionContext, type LogOutputChannel, workspace } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import {
  ACCOUNTS_CHANGED_NOTIFICATION,
  ACCOUNTS_REQUEST,
  NETWORK_NOTIFICATION,
  SHOW_LOG_NOTIFICATION,
  SIGN_IN_REQUEST,
  type SignInPlace,
  TRUST_NOTIFICATION,
} from "../../server/src/lsp/protocol.ts";
import type { Accounts } from "./accounts.ts";
import { createClient } from "./language-client.ts";
import { networkSettings } from "./network-settings.ts";
import { ProgressNotifications } from "./progress-notifications.ts";
import { signIn } from "./sign-in.ts";
import { showStatus } from "./status-item.ts";

/** A server from its start to its stop, with what shows how it is. */
export interface Session {
  readonly client: LanguageClient;
  stop(): Promise<void>;
}

export function startSession(context: ExtensionContext, log: LogOutputChannel, accounts: Accounts): Session {
  const progress = new ProgressNotifications();
  const client = createClient(context, log, progress);
  const attached = Disposable.from(
    progress,
    progress.follow(client),
    showStatus(client),
    client.onNotification(SHOW_LOG_NOTIFICATION, () => log.show(true)),
    workspace.onDidGrantWorkspaceTrust(() => client.sendNotification(TRUST_NOTIFICATION)),
    workspace.onDidChangeConfiguration((change) =>
      change.affectsConfiguration("http")
        ? client.sendNotification(NETWORK_NOTIFICATION, networkSettings())
        : undefined,
    ),
    client.onRequest(ACCOUNTS_REQUEST, async () => (workspace.isTrusted ? accounts.all() : [])),
    client.onRequest<boolean, void>(SIGN_IN_REQUEST, (place: SignInPlace, cancellation: CancellationToken) =>
      signIn(client, accounts, place, cancellation),
    ),
    accounts.onDidChange(async (hosts) => {
      if (workspace.isTrusted) await client.sendNotification(ACCOUNTS_CHANGED_NOTIFICATION, { hosts });
    }),
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
