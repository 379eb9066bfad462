import { openLayer } from "../../server/src/archive/inflate.ts";

/** The bytes in chunks of this size, each overwritten once the next is asked for, as a source may do. */
export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; start += size) {
    const chunk = Uint8Array.from(bytes.subarray(start, start + size));
    yield chunk;
    chunk.fill(0xee);
  }
}

/** Everything that pieces hold, copied while each is valid. */
export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of pieces) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

/** What a blob unpacks to when it comes in chunks of this size. */
export async function readLayer(blob: Uint8Array, chunkSize: number, sizeLimit?: number): Promise<Buffer> {
  return collect((await openLayer(inChunks(blob, chunkSize), sizeLimit)).content);
}
