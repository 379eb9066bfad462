import { CodeActionKind, type ServerCapabilities, TextDocumentSyncKind } from "vscode-languageserver";
import type { ClientSupport } from "./client-support.ts";
import { FIX_ALL_KIND } from "./features/code-action.ts";
import { SERVER_COMMANDS } from "./protocol.ts";

/** What the server offers a client: nothing that the client could not use. */
export function serverCapabilities(support: ClientSupport): ServerCapabilities {
  return {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    codeLensProvider: { resolveProvider: true },
    hoverProvider: true,
    documentSymbolProvider: true,
    documentLinkProvider: { resolveProvider: false },
    inlayHintProvider: { resolveProvider: false },
    // Without literals an action is a command, which has no kind.
    codeActionProvider: support.codeActionLiterals
      ? {
          codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.RefactorRewrite, FIX_ALL_KIND],
          resolveProvider: support.codeActionResolve,
        }
      : true,
    executeCommandProvider: { commands: Object.values(SERVER_COMMANDS) },
    ...(support.pullDiagnostics && {
      diagnosticProvider: { identifier: "dockpin", interFileDependencies: false, workspaceDiagnostics: false },
    }),
    ...(support.workspaceFolders && {
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    }),
  };
}
