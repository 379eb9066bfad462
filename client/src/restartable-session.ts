import type { LanguageClient } from "vscode-languageclient/node";
import type { Session } from "./session.ts";

/** One server at a time, which the user may exchange for a new one. */
export class RestartableSession {
  readonly #start: () => Session;
  #session: Session;
  #restarting: Promise<void> | undefined;

  constructor(start: () => Session) {
    this.#start = start;
    this.#session = start();
  }

  get client(): LanguageClient {
    return this.#session.client;
  }

  /** Whoever calls again meanwhile waits for the same new server. */
  restart(): Promise<void> {
    this.#restarting ??= this.#exchange().finally(() => {
      this.#restarting = undefined;
    });
    return this.#restarting;
  }

  stop(): Promise<void> {
    return this.#session.stop();
  }

  async #exchange(): Promise<void> {
    await this.#session.stop();
    this.#session = this.#start();
  }
}
