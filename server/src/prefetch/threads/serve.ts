import type { MessagePort } from "node:worker_threads";
import { ArchiveHashServer } from "./archive-hash-server.ts";
import type { AnswerMessage, CallMessage, NoticeMessage, ThreadMessage } from "./calls.ts";
import { inflate } from "./inflate-server.ts";
import { packError } from "./thread-error.ts";

/** Answers what comes through a port, everything that is asked at once, until the port closes. Says first that it is there. */
export function serve(port: MessagePort): void {
  const hashes = new ArchiveHashServer();
  port.on("message", (message: ThreadMessage) => {
    if ("call" in message) void answer(message, hashes).then((answered) => port.postMessage(answered));
    else heed(message, hashes);
  });
  port.postMessage("ready");
}

async function answer(message: CallMessage, hashes: ArchiveHashServer): Promise<AnswerMessage> {
  const { call } = message;
  try {
    return { call, answer: await perform(message, hashes) };
  } catch (error) {
    return { call, error: packError(error) };
  }
}

function perform(message: CallMessage, hashes: ArchiveHashServer): Promise<unknown> {
  if (message.kind === "inflate") return inflate(message.content);
  if (message.kind === "append") return hashes.append(message.content);
  if (message.kind === "appendChannel") return hashes.appendChannel(message.content);
  return hashes.digest(message.content);
}

function heed(message: NoticeMessage, hashes: ArchiveHashServer): void {
  if (message.kind === "save") hashes.save(message.content);
  else if (message.kind === "restore") hashes.restore(message.content);
  else if (message.kind === "forget") hashes.forget(message.content);
  else hashes.closeHash(message.content);
}
