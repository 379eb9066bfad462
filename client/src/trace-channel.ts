import type { LogOutputChannel } from "vscode";

const MASK = "***";
const SECRET_MEMBER = /("(?:password|proxyAuthorization)":\s*)"(?:[^"\\]|\\.)*"/g;
const USER_INFORMATION = /(\w:\/\/)[^\s/@"]*@/g;

/** A text of messages between client and server without the secrets that some of them have. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET_MEMBER, `$1"${MASK}"`).replace(USER_INFORMATION, `$1${MASK}@`);
}

/** The log, for the messages that `dockpin.trace.server` puts there. */
export function traceChannel(log: LogOutputChannel): LogOutputChannel {
  return {
    ...{ name: log.name, onDidChangeLogLevel: log.onDidChangeLogLevel },
    get logLevel() {
      return log.logLevel;
    },
    trace: (message, ...args) => log.trace(withoutSecrets(message), ...args),
    debug: (message, ...args) => log.debug(withoutSecrets(message), ...args),
    info: (message, ...args) => log.info(withoutSecrets(message), ...args),
    warn: (message, ...args) => log.warn(withoutSecrets(message), ...args),
    error: (error, ...args) => log.error(typeof error === "string" ? withoutSecrets(error) : error, ...args),
    append: (value) => log.append(withoutSecrets(value)),
    appendLine: (value) => log.appendLine(withoutSecrets(value)),
    replace: (value) => log.replace(withoutSecrets(value)),
    clear: () => log.clear(),
    show: () => log.show(true),
    hide: () => log.hide(),
    // Whoever made the log disposes of it.
    dispose: () => {},
  };
}
