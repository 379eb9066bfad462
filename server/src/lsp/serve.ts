import * as l10n from "@vscode/l10n";
import {
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  TextDocuments,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { readWasmFiles } from "../files/wasm-files.ts";
import { loadNixParser } from "../nix/reading.ts";
import { bindFeatures } from "./bindings.ts";
import { createClientLog } from "./client-log.ts";
import { readInitializationOptions } from "./client-support.ts";
import type { ServerEnvironment } from "./environment.ts";
import { unattended } from "./requests.ts";
import { createServer, type Server } from "./server.ts";
import { serverCapabilities } from "./server-capabilities.ts";

/** Serves one client over a connection, from `initialize` until it goes. */
export function serve(connection: Connection, environment: ServerEnvironment): void {
  const log = createClientLog(connection);
  const attend = (work: Promise<unknown>) => unattended(log, work);
  const texts = new TextDocuments(TextDocument);
  const parser = readWasmFiles(environment.wasmFolder).then(loadNixParser);
  const ending = new AbortController();
  const openedVersions = new Map<string, number>();
  let server: Server | null = null;

  connection.onInitialize(async (params) => {
    const { l10nBundle } = readInitializationOptions(params.initializationOptions);
    if (l10nBundle !== undefined) await speakTheUsersLanguage(l10nBundle);
    await parser;
    const parts = { connection, environment, log, texts, parser, signal: ending.signal };
    server = createServer(parts, params);
    return {
      capabilities: serverCapabilities(server.support),
      serverInfo: { name: "dockpin", version: environment.version },
    };
  });
  connection.onInitialized(() => {
    if (server === null) return;
    const { support, folders } = server;
    const { client, workspace } = connection;
    if (support.configurationRegistration) {
      attend(client.register(DidChangeConfigurationNotification.type, { section: "dockpin" }));
    }
    if (support.watchedFilesRegistration) {
      attend(
        client.register(DidChangeWatchedFilesNotification.type, {
          watchers: [{ globPattern: "**/*.{nix,json,toml}" }],
        }),
      );
    }
    if (support.workspaceFolders) workspace.onDidChangeWorkspaceFolders((event) => folders.change(event));
    server.lookAgain();
  });
  connection.onShutdown(() => ending.abort());

  connection.onDidChangeConfiguration(({ settings }) => {
    server?.settings.change(settings);
    server?.lookAgain();
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    server?.changedOnDisk(changes.map(({ uri }) => uri));
  });
  texts.onDidOpen(({ document: { uri, version } }) => {
    openedVersions.set(uri, version);
  });
  texts.onDidChangeContent(({ document: { uri, version } }) => {
    server?.announcements.edited();
    const isEdit = openedVersions.get(uri) !== version;
    attend(checkDocument(uri, isEdit));
  });
  texts.onDidClose(({ document: { uri } }) => {
    openedVersions.delete(uri);
    attend(withdrawDiagnostics(uri));
    server?.closed(uri);
  });

  const speakTheUsersLanguage = async (uri: string) => {
    try {
      await l10n.config({ uri });
    } catch (error) {
      log.warn(`The texts in ${uri} cannot be read, so English is used: ${String(error)}`);
    }
  };
  const checkDocument = async (uri: string, isEdit: boolean) => {
    if (isEdit) await server?.checks.edited(uri, ending.signal);
    const document = await server?.documents.open(uri);
    if (document) server?.opened(document);
  };
  const withdrawDiagnostics = async (uri: string) => {
    if (server?.support.pullDiagnostics === false) await connection.sendDiagnostics({ uri, diagnostics: [] });
  };

  bindFeatures(connection, log, () => {
    if (server === null) throw new TypeError("no request comes before initialize");
    return server;
  });
  texts.listen(connection);
  connection.listen();
}
