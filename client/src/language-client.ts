import { type ExtensionContext, type LogOutputChannel, l10n, Uri, workspace } from "vscode";
import { LanguageClient, RevealOutputChannelOn, TransportKind } from "vscode-languageclient/node";
import { CLIENT_COMMANDS, type InitializationOptions } from "../../server/src/lsp/protocol.ts";
import { documentationFrom } from "./documentation.ts";
import { networkSettings } from "./network-settings.ts";
import type { ProgressNotifications } from "./progress-notifications.ts";
import { dataDocuments, nixDocuments } from "./served-documents.ts";
import { traceChannel } from "./trace-channel.ts";

/** The client of the server that the extension's folder contains, which speaks the protocol over Node's IPC. Not started. */
export function createClient(
  { extensionUri, globalStorageUri }: ExtensionContext,
  log: LogOutputChannel,
  progress: ProgressNotifications,
): LanguageClient {
  const server = { module: Uri.joinPath(extensionUri, "dist", "server.js").fsPath, transport: TransportKind.ipc };
  return new LanguageClient(
    "dockpin",
    "dockpin",
    { run: server, debug: { ...server, options: { execArgv: ["--nolazy", "--inspect=6009"] } } },
    {
      documentSelector: [...nixDocuments(), ...dataDocuments()],
      outputChannel: log,
      traceOutputChannel: traceChannel(log),
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => initializationOptions(Uri.joinPath(globalStorageUri, "cache").fsPath),
      // Not the sign-in: no text that comes from a registry may open it.
      markdown: {
        isTrusted: { enabledCommands: [CLIENT_COMMANDS.copy, CLIENT_COMMANDS.showLog] },
        supportThemeIcons: true,
      },
      middleware: {
        ...progress.middleware,
        window: documentationFrom(Uri.joinPath(extensionUri, "docs")),
      },
    },
  );
}

/** Asked for at every start, as trust may have been granted since. */
function initializationOptions(cacheFolder: string): InitializationOptions {
  return {
    cacheFolder,
    trusted: workspace.isTrusted,
    clientCommands: Object.values(CLIENT_COMMANDS),
    network: networkSettings(),
    ...(l10n.uri && { l10nBundle: l10n.uri.toString() }),
  };
}
