/** Where the layers below the editor and the command line write what they did. Messages hold no secrets. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {} };
