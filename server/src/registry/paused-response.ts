import type { Socket } from "node:net";

/** What undici 7 keeps of the response that a connection is receiving. */
interface ResponseParser {
  /** By whoever reads the body too slowly. */
  paused: boolean;
  /** Null when the connection is gone. */
  readonly ptr: number | null;
  /** 0 when no response is under way. */
  readonly statusCode: number;
  readonly shouldKeepAlive: boolean;
  readonly llhttp: { llhttp_resume(parser: number): void };
  execute(bytes: Buffer): void;
}

const NO_BYTES = Buffer.alloc(0);

/**
 * Completes a response that ends with its connection while its reader is behind. undici 7 would throw where nothing can catch
 * it, and end the process (nodejs/undici#5360, mended in 8 only, which Node 20 can't run). Must be called before undici
 * has the connection, so that this is told of its end first. What was received waits for the reader in memory, which is
 * no more than undici had taken already.
 */
export function completePausedResponses(socket: Socket): void {
  const complete = () => completeResponse(socket);
  socket.on("end", complete).on("error", complete).on("close", complete);
}

function completeResponse(socket: Socket): void {
  const parser = parserOf(socket);
  if (parser === null || parser.statusCode === 0 || parser.shouldKeepAlive) return;
  // Only while there is less left each time: a parser that takes nothing puts all of it back.
  let left = Number.POSITIVE_INFINITY;
  for (let bytes: Buffer | null = NO_BYTES; bytes !== null && bytes.length < left && resume(parser); ) {
    parser.execute(bytes);
    if (bytes.length > 0) left = bytes.length;
    bytes = socket.read();
  }
  // A body without a length pauses once more; its end is then undici's to see.
  resume(parser);
}

/** Whether there was something to resume. */
function resume(parser: ResponseParser): boolean {
  if (!parser.paused || parser.ptr === null) return false;
  parser.llhttp.llhttp_resume(parser.ptr);
  parser.paused = false;
  return true;
}

function parserOf(socket: Socket): ResponseParser | null {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "parser");
  const parser: unknown = key === undefined ? null : Reflect.get(socket, key);
  return isParser(parser) ? parser : null;
}

function isParser(value: unknown): value is ResponseParser {
  return typeof value === "object" && value !== null && "paused" in value && "llhttp" in value && "execute" in value;
}
