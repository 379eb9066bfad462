import type { MessagePort } from "node:worker_threads";
import { CodedError } from "../../base/errors.ts";
import type { AnswerMessage, Calls, Notices } from "./calls.ts";
import { unpackError } from "./thread-error.ts";

/** A thread that serves. */
export interface Connection {
  /** Not referenced: it keeps the process alive only while something is asked. */
  readonly port: MessagePort;
  /** Says, in words, why the thread ended by itself. */
  readonly death: Promise<string>;
  /** Ends the thread. */
  end(): Promise<void>;
}

interface PendingCall {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** The caller's side of one thread, from its start to its end. */
export class ThreadClient {
  readonly #connected: Promise<Connection>;
  readonly #pending = new Map<number, PendingCall>();
  #calls = 0;
  #failure: CodedError | null = null;

  constructor(connect: () => Promise<Connection>) {
    this.#connected = connect().then((connection) => {
      connection.port.on("message", (message: AnswerMessage) => this.#settle(connection.port, message));
      connection.port.unref();
      void connection.death.then((reason) => {
        this.#fail(`A thread that unpacks and hashes layers has ended (${reason}); try again.`);
      });
      return connection;
    });
  }

  get isAlive(): boolean {
    return this.#failure === null;
  }

  /** What is asked and not answered. */
  get load(): number {
    return this.#pending.size;
  }

  /**
   * Asks for something. Rejects with what the thread threw, or with `thread-failed`.
   *
   * @param transfer the ports in `content`; where the thread does not get them, they are closed
   */
  call<K extends keyof Calls>(
    kind: K,
    content: Calls[K]["request"],
    transfer: readonly MessagePort[] = [],
  ): Promise<Calls[K]["answer"]> {
    const call = ++this.#calls;
    const answered = new Promise<unknown>((resolve, reject) => this.#pending.set(call, { resolve, reject }));
    void this.#connected.then(({ port }) => {
      if (this.#failure !== null) {
        for (const end of transfer) end.close();
        this.#pending.get(call)?.reject(this.#failure);
        this.#pending.delete(call);
        return;
      }
      port.ref();
      port.postMessage({ kind, content, call }, transfer);
    });
    return answered as Promise<Calls[K]["answer"]>;
  }

  tell<K extends keyof Notices>(kind: K, content: Notices[K]): void {
    void this.#connected.then(({ port }) => port.postMessage({ kind, content }));
  }

  /** Ends the thread and whatever it is doing. */
  async close(): Promise<void> {
    this.#fail("The threads that unpack and hash layers were closed while they were in use; try again.");
    const { port, end } = await this.#connected;
    port.close();
    await end();
  }

  #settle(port: MessagePort, message: AnswerMessage): void {
    const pending = this.#pending.get(message.call);
    this.#pending.delete(message.call);
    if (this.#pending.size === 0) port.unref();
    if ("error" in message) pending?.reject(unpackError(message.error));
    else pending?.resolve(message.answer);
  }

  #fail(message: string): void {
    this.#failure ??= new CodedError("thread-failed", message);
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}
