import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import {
  ApplyWorkspaceEditRequest,
  type ClientCapabilities,
  ConfigurationRequest,
  createMessageConnection,
  DidChangeConfigurationNotification,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ErrorCodes,
  ExitNotification,
  InitializedNotification,
  type InitializeParams,
  InitializeRequest,
  type InitializeResult,
  type MessageConnection,
  type ProgressToken,
  ResponseError,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type TextDocumentContentChangeEvent,
  type WorkspaceEdit,
} from "vscode-languageserver-protocol/node";
import { breachOf } from "./announced.ts";
import { createDocumentMirror, type DocumentMirror } from "./document-mirror.ts";
import { type ServerProcess, type ServerProcessOptions, startServerProcess } from "./server-process.ts";

export interface ClientOptions extends ServerProcessOptions {
  readonly capabilities: ClientCapabilities;
  /** The `dockpin.*` settings: in answers to `workspace/configuration`, else in the initialization options. */
  readonly settings?: object;
  readonly initializationOptions?: object;
  /** The process that the server is to end with; this one when absent. */
  readonly parentProcess?: number;
  /** Instead of `cwd`; null for no folder. */
  readonly folders?: readonly string[] | null;
}

export interface Received {
  readonly method: string;
  readonly params: unknown;
}

export interface AppliedEdit {
  readonly label: string | undefined;
  readonly edit: WorkspaceEdit;
  readonly applied: boolean;
}

/** A client in its own right: keeps documents, applies edits, answers what the server asks, and records all of it. */
export interface Client {
  readonly connection: MessageConnection;
  readonly process: ServerProcess;
  readonly capabilities: ClientCapabilities;
  readonly initializeResult: InitializeResult;
  /** Requests and notifications of the server, in the order of arrival. */
  readonly received: readonly Received[];
  readonly edits: readonly AppliedEdit[];
  readonly documents: DocumentMirror;
  /** Of the progress that the server may report; a test adds those that it gives with a request. */
  readonly tokens: Set<ProgressToken>;
  /** The address of a file in the folder. */
  uri(name: string): string;
  open(name: string, text?: string): Promise<string>;
  change(name: string, changes: readonly TextDocumentContentChangeEvent[]): Promise<void>;
  close(name: string): Promise<void>;
  text(name: string): string;
  /** Null: the client has nothing to say on the section. */
  configure(settings: object | null): Promise<void>;
  /** Called before an edit is applied, as if the user typed meanwhile. */
  onApply: (() => void) | null;
  /** What the server sent under this method. */
  sent<T>(method: string): readonly T[];
  /** Gives what `probe` gives once it is not undefined; looks again after each message of the server. */
  until<T>(what: string, probe: () => T | undefined): Promise<T>;
  /** Ends the server in order; throws for anything that a client would have to put up with. */
  end(): Promise<void>;
}

const PATIENCE = 30_000;

/** Starts the server and initializes it. */
export async function startClient(options: ClientOptions): Promise<Client> {
  const { capabilities } = options;
  const server = startServerProcess(options);
  const connection = createMessageConnection(
    new StreamMessageReader(server.child.stdout),
    new StreamMessageWriter(server.child.stdin),
  );
  const received: Received[] = [];
  const edits: AppliedEdit[] = [];
  const breaches: string[] = [];
  const waiting = new Set<() => void>();
  /** Of the progress that the server may report. */
  const tokens = new Set<ProgressToken>();
  let settings: object | null = options.settings ?? {};

  const record = (method: string, params: unknown) => {
    const breach = breachOf(method, params, capabilities);
    if (breach !== null) breaches.push(breach);
    received.push({ method, params });
    // What waits sees the message together with what the client made of it.
    queueMicrotask(() => {
      for (const look of waiting) look();
    });
  };

  const documents = createDocumentMirror((document, changes) => {
    void connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri: document.uri, version: document.version },
      contentChanges: [...changes],
    });
  });

  connection.onNotification((method, params) => record(method, params));
  // `$/progress`, which the connection keeps from the handler above.
  connection.onUnhandledProgress((params) => {
    if (!tokens.has(params.token)) breaches.push(`progress for a token that nobody made: ${params.token}`);
    record("$/progress", params);
  });
  connection.onRequest((method, params) => {
    record(method, params);
    if (method === "window/workDoneProgress/create") tokens.add((params as { token: ProgressToken }).token);
    if (method.endsWith("/refresh") || method.startsWith("client/") || method === "window/workDoneProgress/create") {
      return null;
    }
    if (method === "window/showDocument") return { success: true };
    if (method === "window/showMessageRequest") return null;
    return new ResponseError(ErrorCodes.MethodNotFound, `the client does not know ${method}`);
  });
  connection.onRequest(ConfigurationRequest.type, (params) => {
    record(ConfigurationRequest.method, params);
    return params.items.map(({ section }) => valueAt({ dockpin: settings }, section));
  });
  connection.onRequest(ApplyWorkspaceEditRequest.type, (params) => {
    client.onApply?.();
    const answer = documents.apply(params.edit);
    edits.push({ label: params.label, edit: params.edit, applied: answer.applied });
    record(ApplyWorkspaceEditRequest.method, params);
    return answer;
  });
  connection.listen();

  const pulls = capabilities.workspace?.configuration === true;
  const folders = options.folders === undefined ? [options.cwd] : options.folders;
  const initialize: InitializeParams = {
    processId: options.parentProcess ?? process.pid,
    clientInfo: { name: "dockpin tests" },
    locale: "en",
    rootUri: folders?.[0] === undefined ? null : pathToFileURL(folders[0]).href,
    capabilities,
    workspaceFolders: folders?.map((path) => ({ uri: pathToFileURL(path).href, name: "work" })) ?? null,
    initializationOptions: { ...(!pulls && { settings }), ...options.initializationOptions },
  };
  const initializeResult = await connection.sendRequest(InitializeRequest.type, initialize);
  await connection.sendNotification(InitializedNotification.type, {});

  const uri = (name: string) => `${pathToFileURL(options.cwd).href}/${name}`;
  const client: Client = {
    ...{ connection, process: server, capabilities, initializeResult, received, edits, documents, tokens, uri },
    onApply: null,
    async open(name, text) {
      const document = documents.set(uri(name), text ?? documents.text(uri(name)));
      const { languageId, version } = document;
      await connection.sendNotification(DidOpenTextDocumentNotification.type, {
        textDocument: { uri: document.uri, languageId, version, text: document.getText() },
      });
      return document.uri;
    },
    async change(name, changes) {
      documents.change(uri(name), changes);
    },
    async close(name) {
      documents.remove(uri(name));
      await connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri: uri(name) } });
    },
    text: (name) => documents.text(uri(name)),
    async configure(changed) {
      settings = changed;
      const sent = pulls ? null : { dockpin: settings };
      await connection.sendNotification(DidChangeConfigurationNotification.type, { settings: sent });
    },
    sent: <T>(method: string) => received.flatMap((one) => (one.method === method ? [one.params as T] : [])),
    until(what, probe) {
      return new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          waiting.delete(look);
          clearTimeout(timer);
          act();
        };
        const look = () => {
          const value = probe();
          if (value !== undefined) settle(() => resolve(value));
        };
        const timer = setTimeout(
          () => settle(() => reject(new Error(`${what} never came; ${tail(received)}`))),
          PATIENCE,
        );
        waiting.add(look);
        look();
      });
    },
    async end() {
      await connection.sendRequest(ShutdownRequest.type);
      await connection.sendNotification(ExitNotification.type);
      const exit = await server.exit;
      connection.dispose();
      const faults = [...breaches, ...server.noise(), ...(exit === 0 ? [] : [`ended with ${exit}`])];
      if (faults.length > 0) throw new Error(`The server is no good citizen:\n${faults.join("\n")}`);
    },
  };
  return client;
}

/** The text of a file of the folder as it is on the disk. */
export function onDisk(client: Client, name: string): string {
  return readFileSync(new URL(client.uri(name)), "utf8");
}

function valueAt(settings: object, section: string | undefined): unknown {
  const path = section === undefined || section === "" ? [] : section.split(".");
  return (
    path.reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], settings) ?? null
  );
}

function tail(received: readonly Received[]): string {
  return `the server's last messages: ${received
    .slice(-8)
    .map(({ method, params }) => `${method} ${JSON.stringify(params)?.slice(0, 300)}`)
    .join("\n  ")}`;
}
