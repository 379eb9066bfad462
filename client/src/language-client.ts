import { type LogOutputChannel, l10n, workspace } from "vscode";
import { LanguageClient, RevealOutputChannelOn, TransportKind } from "vscode-languageclient/node";
import { CLIENT_COMMANDS, type InitializationOptions } from "../../server/src/lsp/protocol.ts";
import { nixDocuments } from "./nix-documents.ts";
import type { ProgressNotifications } from "./progress-notifications.ts";

/** The client of the server in `serverModule`, a CommonJS file that speaks the protocol over Node's IPC. Not started. */
export function createClient(
  serverModule: string,
  log: LogOutputChannel,
  progress: ProgressNotifications,
): LanguageClient {
  const server = { module: serverModule, transport: TransportKind.ipc };
  return new LanguageClient(
    "dockpin",
    "dockpin",
    { run: server, debug: { ...server, options: { execArgv: ["--nolazy", "--inspect=6009"] } } },
    {
      documentSelector: nixDocuments(),
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions,
      synchronize: {
        configurationSection: "dockpin",
        fileEvents: workspace.createFileSystemWatcher("**/*.nix"),
      },
      markdown: { isTrusted: { enabledCommands: Object.values(CLIENT_COMMANDS) }, supportThemeIcons: true },
      middleware: progress.middleware,
    },
  );
}

/** Asked for at every start, as trust may have been granted since. */
function initializationOptions(): InitializationOptions {
  return {
    trusted: workspace.isTrusted,
    clientCommands: Object.values(CLIENT_COMMANDS),
    ...(l10n.uri && { l10nBundle: l10n.uri.toString() }),
  };
}
