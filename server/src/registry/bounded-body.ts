import type { ResponseBody } from "./transport.ts";
import { transportFailure } from "./transport-failure.ts";

const DISCARDED_LIMIT = 16 * 1024;

/** The whole body, at most `limit` bytes; null (and the connection ended) as soon as there are more. */
export async function readBounded(body: ResponseBody, limit: number, url: URL, signal?: AbortSignal) {
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
export async function* bodyChunks(body: ResponseBody, url: URL, signal?: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    signal?.throwIfAborted();
    throw transportFailure(error, url);
  } finally {
    end(body);
  }
}

/** Reads on a body that nobody wants, if it is small, so that its connection can serve again; else ends it. */
export function discard(body: ResponseBody): void {
  void body.dump({ limit: DISCARDED_LIMIT });
}

/** Ends a body and its connection. */
function end(body: ResponseBody): void {
  // Ending it early makes it emit an error, which tells nothing here.
  body.on("error", () => undefined);
  body.destroy();
}
