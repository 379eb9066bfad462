import type { Readable } from "node:stream";
import { transportFailure } from "./transport-failure.ts";

/** The whole body, at most `limit` bytes; null (and the connection ended) as soon as there are more. */
export async function readBounded(body: Readable, limit: number, url: URL, signal?: AbortSignal) {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bodyChunks(body, url, signal)) {
    size += chunk.length;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The pieces of a body; its failures as `transportFailure` tells them, and an abort as the signal's reason. */
export async function* bodyChunks(body: Readable, url: URL, signal?: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    signal?.throwIfAborted();
    throw transportFailure(error, url);
  } finally {
    discard(body);
  }
}

/** Gives up a body that nobody reads. */
export function discard(body: Readable): void {
  // Ending it early makes it emit an error, which tells nothing here.
  body.on("error", () => undefined);
  body.destroy();
}
