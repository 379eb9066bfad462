import { commands, type ExtensionContext, window, workspace } from "vscode";
import { SHOW_LOG_NOTIFICATION, TRUST_NOTIFICATION } from "../../server/src/lsp/protocol.ts";
import { registerCommands } from "./commands.ts";
import { createClient } from "./language-client.ts";
import { ProgressNotifications } from "./progress-notifications.ts";
import { showStatus } from "./status-item.ts";

/** Called by VS Code once a Nix file is open or a command is run. */
export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel("dockpin", { log: true });
  const progress = new ProgressNotifications();
  const client = createClient(context.asAbsolutePath("dist/server.js"), log, progress);
  context.subscriptions.push(
    log,
    progress,
    client,
    progress.follow(client),
    showStatus(client),
    registerCommands(client, log),
    client.onNotification(SHOW_LOG_NOTIFICATION, () => log.show(true)),
    workspace.onDidGrantWorkspaceTrust(() => client.sendNotification(TRUST_NOTIFICATION)),
  );
  void commands.executeCommand("setContext", "dockpin.active", true);
  // The client itself shows why a server did not start; the command that restarts it works all the same.
  client.start().catch((error: unknown) => log.error(String(error)));
}
