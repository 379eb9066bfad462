import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import type { Log } from "../../base/log.ts";
import { createThreads, type ObservableThreads } from "./create-threads.ts";
import type { Connection } from "./thread-client.ts";
import { connectInProcess } from "./threads-in-process.ts";

/** As the build names the bundle of `main.ts`. */
export const THREAD_BUNDLE = "prefetch-thread.js";

/** Threads that unpack on a machine with so many processors: one is left to hashing and to the caller. */
export function inflatersFor(processors: number): number {
  return Math.max(1, processors - 1);
}

export interface ThreadsOptions {
  /** The bundle of `main.ts`. */
  readonly file: string;
  /** Threads that unpack; one more hashes. */
  readonly inflaters: number;
  readonly log: Log;
}

/**
 * Threads of the operating system, which start when they are first needed and do not keep the process alive while they have
 * nothing to do. Where none can be started, the work is done in the caller's thread.
 */
export function startThreads({ file, inflaters, log }: ThreadsOptions): ObservableThreads {
  return createThreads(inflaters, async () => {
    try {
      return await startWorker(file);
    } catch (error) {
      log.warn(`No thread can be started, so images are hashed in the main one, more slowly: ${error}`);
      return connectInProcess();
    }
  });
}

async function startWorker(file: string): Promise<Connection> {
  const { port1, port2 } = new MessageChannel();
  const ready = once(port1, "message");
  const worker = new Worker(file, { workerData: { port: port2 }, transferList: [port2], env: {}, execArgv: [] });
  const death = new Promise<string>((resolve) => {
    let reason: string | null = null;
    worker.once("error", (error: unknown) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.once("exit", (code) => resolve(reason ?? `exit code ${code}`));
  });
  await Promise.race([ready, death.then((reason) => Promise.reject(new Error(reason)))]);
  worker.unref();
  return {
    port: port1,
    death,
    async end() {
      await worker.terminate();
    },
  };
}
