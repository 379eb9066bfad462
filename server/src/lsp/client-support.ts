import { isAbsolute } from "node:path";
import type { InitializeParams } from "vscode-languageserver";
import type { NetworkSettings } from "../registry/connect.ts";
import { CLIENT_COMMANDS, type InitializationOptions } from "./protocol.ts";

/** What the client can do beyond the least that the protocol asks for. Whatever it can't, the server does without. */
export interface ClientSupport {
  readonly configuration: boolean;
  readonly configurationRegistration: boolean;
  readonly watchedFilesRegistration: boolean;
  readonly workspaceFolders: boolean;
  readonly applyEdit: boolean;
  /** Versioned edits of several documents. */
  readonly documentChanges: boolean;
  readonly changeAnnotations: boolean;
  readonly codeLensRefresh: boolean;
  readonly inlayHintRefresh: boolean;
  /** And asks again when it is told to; a client that does not would never see what registries say, so they are pushed. */
  readonly pullDiagnostics: boolean;
  readonly showDocument: boolean;
  readonly codeActionLiterals: boolean;
  /** Edits may be computed when the user picks an action. */
  readonly codeActionResolve: boolean;
  readonly codeActionDisabled: boolean;
  readonly hierarchicalSymbols: boolean;
  readonly hoverMarkdown: boolean;
  /** Commands of `CLIENT_COMMANDS` that the client has. */
  readonly commands: ReadonlySet<string>;
}

export function readClientSupport({ capabilities, initializationOptions }: InitializeParams): ClientSupport {
  const { workspace = {}, textDocument = {}, window = {} } = capabilities;
  const { clientCommands } = readInitializationOptions(initializationOptions);
  const known: readonly string[] = Object.values(CLIENT_COMMANDS);
  return {
    configuration: workspace.configuration === true,
    configurationRegistration: workspace.didChangeConfiguration?.dynamicRegistration === true,
    watchedFilesRegistration: workspace.didChangeWatchedFiles?.dynamicRegistration === true,
    workspaceFolders: workspace.workspaceFolders === true,
    applyEdit: workspace.applyEdit === true,
    documentChanges: workspace.workspaceEdit?.documentChanges === true,
    changeAnnotations:
      workspace.workspaceEdit?.documentChanges === true &&
      workspace.workspaceEdit.changeAnnotationSupport !== undefined,
    codeLensRefresh: workspace.codeLens?.refreshSupport === true,
    inlayHintRefresh: workspace.inlayHint?.refreshSupport === true,
    pullDiagnostics: textDocument.diagnostic !== undefined && workspace.diagnostics?.refreshSupport === true,
    showDocument: window.showDocument?.support === true,
    codeActionLiterals: textDocument.codeAction?.codeActionLiteralSupport !== undefined,
    codeActionResolve: textDocument.codeAction?.resolveSupport?.properties.includes("edit") === true,
    codeActionDisabled: textDocument.codeAction?.disabledSupport === true,
    hierarchicalSymbols: textDocument.documentSymbol?.hierarchicalDocumentSymbolSupport === true,
    hoverMarkdown: textDocument.hover?.contentFormat?.includes("markdown") === true,
    commands: new Set((clientCommands ?? []).filter((command) => known.includes(command))),
  };
}

/** Whatever a client sends, as far as it is what it should be. */
export function readInitializationOptions(options: unknown): InitializationOptions {
  if (typeof options !== "object" || options === null) return {};
  const { trusted, settings, clientCommands, network, cacheFolder, l10nBundle } = options as Record<string, unknown>;
  return {
    ...(typeof trusted === "boolean" && { trusted }),
    ...(settings !== undefined && { settings }),
    ...(Array.isArray(clientCommands) && {
      clientCommands: clientCommands.filter((command): command is string => typeof command === "string"),
    }),
    ...(network !== undefined && { network: readNetwork(network) }),
    ...(typeof cacheFolder === "string" && isAbsolute(cacheFolder) && { cacheFolder }),
    ...(typeof l10nBundle === "string" && { l10nBundle }),
  };
}

/** As `readInitializationOptions`; nothing it says may reach a message, as there may be passwords in it. */
export function readNetwork(value: unknown): NetworkSettings {
  if (typeof value !== "object" || value === null) return {};
  const { proxy, noProxy, proxyStrictSSL, proxyAuthorization } = value as Record<string, unknown>;
  return {
    ...(typeof proxy === "string" && { proxy }),
    ...(Array.isArray(noProxy) && { noProxy: noProxy.filter((host): host is string => typeof host === "string") }),
    ...(typeof proxyStrictSSL === "boolean" && { proxyStrictSSL }),
    ...(typeof proxyAuthorization === "string" && { proxyAuthorization }),
  };
}
