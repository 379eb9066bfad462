import type { ProgressToken, Range } from "vscode-languageserver-protocol";
import type { NetworkSettings } from "../registry/connect.ts";

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
  /** What registries let their users know: requests that are left, warnings. */
  readonly notes: readonly string[];
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
  /** Where a sign-in would be for; null when the image's name is not known. */
  readonly signIn: SignInPlace | null;
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

// Signing in. Passwords are in two messages only, which the client must not trace: the answer to ACCOUNTS_REQUEST, and
// TRY_ACCOUNT_REQUEST. Clients that have CLIENT_COMMANDS.signIn keep accounts; with others the files of docker and podman count.

/** The registry that an account would be for, and the image that shows whether it is good. */
export interface SignInPlace {
  /** Whose the account is, and the only one it is sent to: the registry, or what the settings have in its place. */
  readonly host: string;
  /** As images name it. */
  readonly registry: string;
  /** An image of it that the account is tried with: `registry/repository:tag`. */
  readonly image: string;
  /** Of that image. */
  readonly tlsVerify: boolean;
  /** The document whose settings hold; null for none. */
  readonly uri: string | null;
}
export interface Account {
  /** As `SignInPlace.host`. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/** Server to client, [] to Account[]: those that the user has signed in with; none in Restricted Mode. */
export const ACCOUNTS_REQUEST = "dockpin/accounts";

/** Client to server, a notification: other accounts are there now, for these hosts. */
export const ACCOUNTS_CHANGED_NOTIFICATION = "dockpin/accountsChanged";
export interface AccountsChangedParams {
  readonly hosts: readonly string[];
}

/** Server to client, SignInPlace to boolean: asks the user to sign in; true once ACCOUNTS_REQUEST has the account. */
export const SIGN_IN_REQUEST = "dockpin/signIn";

/** Client to server, TryAccountParams to TryAccountResult: whether the registry takes an account. */
export const TRY_ACCOUNT_REQUEST = "dockpin/tryAccount";
export interface TryAccountParams {
  readonly place: SignInPlace;
  readonly account: Account;
}
export interface TryAccountResult {
  /** Why it does not, as a sentence; null when it does. */
  readonly problem: string | null;
}

/**
 * Client to server, a notification, NetworkSettings: the editor's own network settings are others now. The client must
 * not trace them: `proxy` and `proxyAuthorization` may hold a password.
 */
export const NETWORK_NOTIFICATION = "dockpin/network";

/** Server to client, a notification: the user asked for details. Sent only if `clientCommands` has "dockpin.showLog". */
export const SHOW_LOG_NOTIFICATION = "dockpin/showLog";

/** Commands of the extension that the server may put into lenses, hovers and messages, if `clientCommands` names them. */
export const CLIENT_COMMANDS = {
  /** [text]: to the clipboard. */
  copy: "dockpin.copy",
  /** [] */
  showLog: "dockpin.showLog",
  /** [SignInPlace]: lets the user sign in. */
  signIn: "dockpin.signIn",
} as const;

/** `initializationOptions`. */
export interface InitializationOptions {
  /** Whether requests may leave the machine; absent means yes (other editors have no Restricted Mode). */
  readonly trusted?: boolean;
  /** `dockpin.*` settings for clients without `workspace/configuration`, or whose answer to it is null. */
  readonly settings?: unknown;
  /** What the client offers of CLIENT_COMMANDS; absent means none. */
  readonly clientCommands?: readonly string[];
  /** The editor's own network settings; absent when it has none. */
  readonly network?: NetworkSettings;
  /** Absolute path of a folder for what is remembered between sessions; absent means where the platform has caches. */
  readonly cacheFolder?: string;
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
