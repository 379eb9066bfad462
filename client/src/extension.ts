import { commands, type ExtensionContext, window } from "vscode";
import { Accounts } from "./accounts.ts";
import { registerCommands } from "./commands.ts";
import { RestartableSession } from "./restartable-session.ts";
import { startSession } from "./session.ts";

let session: RestartableSession | undefined;

/** Called by VS Code once a Nix file is open or a command is run. */
export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel("dockpin", { log: true });
  const accounts = new Accounts(context.secrets);
  session = new RestartableSession(() => startSession(context, log, accounts));
  context.subscriptions.push(log, accounts, registerCommands(session, accounts, log));
  void commands.executeCommand("setContext", "dockpin.active", true);
}

/** Called by VS Code before it ends; it waits for the promise. */
export async function deactivate(): Promise<void> {
  await session?.stop();
}
