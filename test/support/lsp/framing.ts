/** Checks that a stream holds messages framed as the base protocol says, and nothing else. */
export interface FrameCheck {
  push(chunk: Uint8Array): void;
  /** What is no frame; null when all that came is whole frames. */
  fault(): string | null;
}

const HEADER_END = "\r\n\r\n";
const HEADER = /^Content-Length: (\d+)(?:\r\nContent-Type: [^\r\n]+)?$/;

export function createFrameCheck(): FrameCheck {
  let rest = Buffer.alloc(0);
  let fault: string | null = null;
  return {
    push(chunk) {
      rest = Buffer.concat([rest, chunk]);
      while (fault === null) {
        const end = rest.indexOf(HEADER_END);
        if (end < 0) return;
        const header = rest.toString("latin1", 0, end);
        const [, length] = HEADER.exec(header) ?? [];
        if (length === undefined) {
          fault = `no header: ${JSON.stringify(header)}`;
          return;
        }
        const start = end + HEADER_END.length;
        const body = rest.subarray(start, start + Number(length));
        if (body.length < Number(length)) return;
        const message = JSON.parse(body.toString("utf8")) as { jsonrpc?: unknown };
        if (message.jsonrpc !== "2.0") fault = `no JSON-RPC message: ${body.toString("utf8")}`;
        rest = rest.subarray(start + Number(length));
      }
    },
    fault: () => fault ?? (rest.length === 0 ? null : `left over: ${JSON.stringify(rest.toString("utf8"))}`),
  };
}
