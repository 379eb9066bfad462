import type { MessagePort } from "node:worker_threads";
import { CodedError } from "../../base/errors.ts";
import type { AnswerMessage, CallMessage, Calls, Notices } from "./calls.ts";
import { ChannelBroken } from "./channel.ts";
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
  reject(error: unknown): void;
}

/** The caller's side of one thread, from its start to its end. */
export class ThreadClient {
  readonly #connected: Promise<Connection>;
  readonly #pending = new Map<number, PendingCall>();
  #calls = 0;
  #failure: CodedError | null = null;

  constructor(connect: () => Promise<Connection>) {
    this.#connected = connect().then((connection) => {
      const { port } = connection;
      port.on("message", (message: AnswerMessage) => {
        this.#settle(port, message.call, ({ resolve, reject }) => {
          if ("error" in message) reject(unpackError(message.error));
          else resolve(message.answer);
        });
      });
      port.unref();
      void connection.death.then((reason) => {
        this.#fail(`A thread that unpacks and hashes layers has ended (${reason}); try again.`);
      });
      return connection;
    });
  }

  /** Resolves when all is sent that was asked until now. */
  get connected(): Promise<unknown> {
    return this.#connected;
  }

  get isAlive(): boolean {
    return this.#failure === null;
  }

  /** What is asked and not answered. */
  get load(): number {
    return this.#pending.size;
  }

  /**
   * Asks for something. Rejects with what the thread threw, with `thread-failed`, or with `ChannelBroken`.
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
      const failure = this.#failure ?? post(port, { kind, content, call } as CallMessage, transfer);
      if (failure === null) {
        port.ref();
        return;
      }
      for (const end of transfer) end.close();
      this.#settle(port, call, ({ reject }) => reject(failure));
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

  #settle(port: MessagePort, call: number, settle: (pending: PendingCall) => void): void {
    const pending = this.#pending.get(call);
    this.#pending.delete(call);
    if (this.#pending.size === 0) port.unref();
    if (pending !== undefined) settle(pending);
  }

  #fail(message: string): void {
    this.#failure ??= new CodedError("thread-failed", message);
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}

/** Null when it is on its way. */
function post(port: MessagePort, message: CallMessage, transfer: readonly MessagePort[]): Error | null {
  try {
    port.postMessage(message, transfer);
    return null;
  } catch (error) {
    // The port of a channel that has broken can't be transferred.
    if (error instanceof DOMException && error.name === "DataCloneError") return new ChannelBroken();
    throw error;
  }
}
