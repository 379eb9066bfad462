import type {
  ApplyWorkspaceEditParams,
  ClientCapabilities,
  RegistrationParams,
  ShowMessageRequestParams,
} from "vscode-languageserver-protocol";
import { unsupportedParts } from "./document-mirror.ts";

/** What a server asked of a client that never said it could do that; null when all is well. */
export function breachOf(method: string, params: unknown, capabilities: ClientCapabilities): string | null {
  const { workspace, window } = capabilities;
  switch (method) {
    case "workspace/configuration":
      return breachUnless(workspace?.configuration, method);
    case "workspace/workspaceFolders":
      return breachUnless(workspace?.workspaceFolders, method);
    case "workspace/codeLens/refresh":
      return breachUnless(workspace?.codeLens?.refreshSupport, method);
    case "workspace/inlayHint/refresh":
      return breachUnless(workspace?.inlayHint?.refreshSupport, method);
    case "workspace/diagnostic/refresh":
      return breachUnless(workspace?.diagnostics?.refreshSupport, method);
    case "window/workDoneProgress/create":
      return breachUnless(window?.workDoneProgress, method);
    case "window/showDocument":
      return breachUnless(window?.showDocument?.support, method);
    // Some clients stop everything to ask for a choice where there is none.
    case "window/showMessageRequest":
      return (params as ShowMessageRequestParams).actions?.length
        ? null
        : `${method} without actions: nothing is asked`;
    case "workspace/applyEdit": {
      const { edit } = params as ApplyWorkspaceEditParams;
      return (
        breachUnless(workspace?.applyEdit, method) ??
        breachUnless(unsupportedParts(edit, capabilities).length === 0, `${method}: ${JSON.stringify(edit)}`)
      );
    }
    case "client/registerCapability":
      for (const registration of (params as RegistrationParams).registrations) {
        const breach = breachUnless(
          mayRegister(registration.method, capabilities),
          `registering ${registration.method}`,
        );
        if (breach !== null) return breach;
      }
      return null;
    case "textDocument/publishDiagnostics":
      return breachUnless(!pullsDiagnostics(capabilities), `${method} to a client that pulls`);
    default:
      return null;
  }
}

/** A client that pulls, and can be told when to pull again. */
export function pullsDiagnostics({ workspace, textDocument }: ClientCapabilities): boolean {
  return textDocument?.diagnostic !== undefined && workspace?.diagnostics?.refreshSupport === true;
}

function mayRegister(method: string, { workspace, textDocument }: ClientCapabilities): boolean {
  const capabilities: Readonly<Record<string, { dynamicRegistration?: boolean } | undefined>> = {
    "workspace/didChangeConfiguration": workspace?.didChangeConfiguration,
    "workspace/didChangeWatchedFiles": workspace?.didChangeWatchedFiles,
    "textDocument/diagnostic": textDocument?.diagnostic,
  };
  if (method === "workspace/didChangeWorkspaceFolders") return workspace?.workspaceFolders === true;
  return capabilities[method]?.dynamicRegistration === true;
}

function breachUnless(allowed: boolean | undefined, what: string): string | null {
  return allowed === true ? null : `the client never said that it knows ${what}`;
}
