import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { createThreads, type ObservableThreads } from "./create-threads.ts";
import { serve } from "./serve.ts";
import type { Connection } from "./thread-client.ts";

/** The work of the threads in the caller's own, piece by piece between whatever else it does. */
export function threadsInProcess(): ObservableThreads {
  return createThreads(1, connectInProcess);
}

export async function connectInProcess(): Promise<Connection> {
  const { port1, port2 } = new MessageChannel();
  const ready = once(port1, "message");
  serve(port2);
  port2.unref();
  await ready;
  return { port: port1, death: new Promise(() => undefined), end: async () => undefined };
}
