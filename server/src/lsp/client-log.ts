import type { Connection } from "vscode-languageserver";
import type { Log } from "../base/log.ts";

/** A log that the client shows: `window/logMessage`. */
export function createClientLog({ console: remote }: Pick<Connection, "console">): Log {
  return {
    debug: (message) => remote.log(message),
    info: (message) => remote.info(message),
    warn: (message) => remote.warn(message),
  };
}
