import { type Connection, type InitializeParams, TextDocuments } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { readWasmFiles } from "../files/wasm-files.ts";
import { loadNixParser } from "../nix/reading.ts";
import { bindFeatures } from "./bindings.ts";
import { createClientLog } from "./client-log.ts";
import { type ClientSupport, readClientSupport, readInitializationOptions } from "./client-support.ts";
import { createDocumentViews, type DocumentViews } from "./document-views.ts";
import type { ServerEnvironment } from "./environment.ts";
import { createDocumentReadings } from "./open-documents.ts";
import { createPinKnowledge } from "./pin-knowledge.ts";
import { serverCapabilities } from "./server-capabilities.ts";
import { createSettingsStore, type SettingsStore } from "./settings-store.ts";
import { openWorkspaceFolders, type WorkspaceFolders } from "./workspace-folders.ts";

/** What the handlers of one session work with. */
export interface Server {
  readonly support: ClientSupport;
  readonly settings: SettingsStore;
  readonly folders: WorkspaceFolders;
  readonly views: DocumentViews;
  /** False in Restricted Mode. */
  isOnline(): boolean;
}

/** Serves one client over a connection, from `initialize` until it goes. */
export function serve(connection: Connection, environment: ServerEnvironment): void {
  const log = createClientLog(connection);
  const documents = new TextDocuments(TextDocument);
  const readings = readWasmFiles(environment.wasmFolder).then(loadNixParser).then(createDocumentReadings);
  let server: Server | null = null;

  const start = (params: InitializeParams): Server => {
    const options = readInitializationOptions(params.initializationOptions);
    const support = readClientSupport(params);
    const settings = createSettingsStore(connection, log, support.configuration, options.settings);
    const folders = openWorkspaceFolders(params);
    const knowledge = createPinKnowledge(() => {});
    const views = createDocumentViews({ documents, readings, settings, knowledge, folders });
    return { support, settings, folders, views, isOnline: () => options.trusted !== false };
  };

  connection.onInitialize(async (params) => {
    await readings;
    server = start(params);
    return {
      capabilities: serverCapabilities(server.support),
      serverInfo: { name: "dockpin", version: environment.version },
    };
  });
  bindFeatures(connection, log, () => {
    if (server === null) throw new TypeError("no request comes before initialize");
    return server;
  });
  documents.listen(connection);
  connection.listen();
}
