import type { ProgressToken, Range } from "vscode-languageserver-protocol";

// The messages between the extension and the server that the Language Server Protocol does not have. Other clients may
// ignore them: everything they do is reachable through commands and progress as well.

/** Server to client, whenever a number changed: what the status item shows. */
export const STATUS_NOTIFICATION = "dockpin/status";
export interface StatusParams {
  /** In all documents that are known. */
  readonly pins: number;
  readonly stale: number;
  readonly incomplete: number;
  readonly busy: number;
  readonly failed: number;
  /** What a registry that backs off said last, once; null when all is well. */
  readonly message: string | null;
  /** False in Restricted Mode: nothing leaves the machine. */
  readonly online: boolean;
}

/** Client to server, [PinsParams] to PinItem[]: for the picker, and for commands on the pin under the cursor. */
export const PINS_REQUEST = "dockpin/pins";
export interface PinsParams {
  /** Only of this document; null for all of the workspace. */
  readonly uri: string | null;
}
export interface PinItem {
  readonly uri: string;
  /** All of the pin: the call with its argument, or the attribute set. */
  readonly range: Range;
  readonly image: string;
  /** As it is written; null when it is missing or computed. */
  readonly digest: string | null;
  /** The lens's title. */
  readonly status: string;
  /** What the commands take. */
  readonly argument: PinArgument;
}

/** Client to server: the text of a new pin, prefetched: a `pullImage { … }` call. */
export const NEW_PIN_REQUEST = "dockpin/newPin";
export interface NewPinParams {
  /** `name`, `name:tag` or `name@digest`. */
  readonly image: string;
  readonly platform: string | null;
  /** Work-done progress is reported here. */
  readonly workDoneToken?: ProgressToken;
}
export interface NewPinResult {
  readonly text: string;
}

/** Client to server, a notification: the workspace has been trusted. */
export const TRUST_NOTIFICATION = "dockpin/trusted";

/** Server to client, a notification: the user asked for details. Sent only if `clientCommands` has "dockpin.showLog". */
export const SHOW_LOG_NOTIFICATION = "dockpin/showLog";

/** Commands of the extension that the server may put into hovers and messages, if `clientCommands` names them. */
export const CLIENT_COMMANDS = {
  /** [text]: to the clipboard. */
  copy: "dockpin.copy",
  /** [] */
  showLog: "dockpin.showLog",
} as const;

/** `initializationOptions`. */
export interface InitializationOptions {
  /** Whether requests may leave the machine; absent means yes (other editors have no Restricted Mode). */
  readonly trusted?: boolean;
  /** `dockpin.*` settings for clients without `workspace/configuration`, or whose answer to it is null. */
  readonly settings?: unknown;
  /** What the client offers of CLIENT_COMMANDS; absent means none. */
  readonly clientCommands?: readonly string[];
  /** URI of an `@vscode/l10n` bundle in the user's language; absent means English. */
  readonly l10nBundle?: string;
}

/** Commands that the server executes (`workspace/executeCommand`), with their arguments. */
export const SERVER_COMMANDS = {
  /** [PinArgument]: new digest and hash, by a versioned edit. */
  updatePin: "dockpin.pin.update",
  /** [PinArgument]: ask the registry again. */
  checkPin: "dockpin.pin.check",
  /** [PinArgument]: compute the hash and compare. */
  verifyPin: "dockpin.pin.verify",
  /** [PinArgument]: stop what runs for the pin. */
  cancelPin: "dockpin.pin.cancel",
  /** [uri] */
  updateFile: "dockpin.file.update",
  /** [] */
  updateWorkspace: "dockpin.workspace.update",
  /** []: as above, but every change waits for a tick in the preview. */
  previewUpdates: "dockpin.workspace.preview",
  /** [] */
  checkWorkspace: "dockpin.workspace.check",
  /** [] */
  clearCache: "dockpin.cache.clear",
  /** [code or null]: opens the page that explains. */
  explain: "dockpin.explain",
} as const;

export interface PinArgument {
  readonly uri: string;
  /** Of the document that the lens was made for; null when it is not open. */
  readonly version: number | null;
  readonly id: string;
}
