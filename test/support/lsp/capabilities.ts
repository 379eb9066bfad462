import {
  type ClientCapabilities,
  CodeActionKind,
  DiagnosticTag,
  MarkupKind,
  PositionEncodingKind,
  SymbolKind,
} from "vscode-languageserver-protocol";

/** What VS Code announces, as far as it concerns the server. */
export const FULL: ClientCapabilities = {
  general: {
    positionEncodings: [PositionEncodingKind.UTF16],
    staleRequestSupport: { cancel: true, retryOnContentModified: [] },
  },
  window: {
    workDoneProgress: true,
    showDocument: { support: true },
    showMessage: { messageActionItem: { additionalPropertiesSupport: true } },
  },
  workspace: {
    applyEdit: true,
    workspaceEdit: {
      documentChanges: true,
      failureHandling: "textOnlyTransactional",
      changeAnnotationSupport: { groupsOnLabel: true },
      metadataSupport: true,
    },
    configuration: true,
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
    workspaceFolders: true,
    executeCommand: { dynamicRegistration: true },
    codeLens: { refreshSupport: true },
    inlayHint: { refreshSupport: true },
    diagnostics: { refreshSupport: true },
  },
  textDocument: {
    synchronization: { dynamicRegistration: true, didSave: true },
    publishDiagnostics: {
      relatedInformation: true,
      versionSupport: true,
      codeDescriptionSupport: true,
      dataSupport: true,
      tagSupport: { valueSet: [DiagnosticTag.Unnecessary, DiagnosticTag.Deprecated] },
    },
    diagnostic: { dynamicRegistration: true, relatedDocumentSupport: true, markupMessageSupport: true },
    hover: { contentFormat: [MarkupKind.Markdown, MarkupKind.PlainText] },
    codeLens: { resolveSupport: { properties: ["command"] } },
    codeAction: {
      codeActionLiteralSupport: {
        codeActionKind: { valueSet: ["", CodeActionKind.QuickFix, CodeActionKind.Source, CodeActionKind.SourceFixAll] },
      },
      isPreferredSupport: true,
      disabledSupport: true,
      dataSupport: true,
      resolveSupport: { properties: ["edit", "command"] },
      honorsChangeAnnotations: true,
    },
    inlayHint: { resolveSupport: { properties: ["tooltip", "textEdits", "label.tooltip"] } },
    documentLink: { tooltipSupport: true },
    documentSymbol: {
      hierarchicalDocumentSymbolSupport: true,
      symbolKind: { valueSet: Object.values(SymbolKind) },
    },
  },
};

/** Nothing but what the protocol takes for granted. */
export const NONE: ClientCapabilities = {};

/** As little as possible with which edits can be made at all. */
export const EDITS_ONLY: ClientCapabilities = { workspace: { applyEdit: true } };
