/** A zstd frame (RFC 8878) of raw blocks: the same bytes on every machine, without an encoder. Up to 128 KiB of data. */
export function storedZstdFrame(data: Uint8Array): Uint8Array {
  if (data.length > 128 * 1024) throw new RangeError("one raw block holds up to 128 KiB");
  const header = Buffer.alloc(4 + 1 + 4 + 3);
  header.writeUInt32LE(0xfd2fb528, 0);
  // Single segment, content size in four bytes.
  header.writeUInt8(0b1010_0000, 4);
  header.writeUInt32LE(data.length, 5);
  const lastRawBlock = (data.length << 3) | 1;
  header.writeUIntLE(lastRawBlock, 9, 3);
  return Buffer.concat([header, data]);
}
