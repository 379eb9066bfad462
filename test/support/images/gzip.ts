import { crc32, deflateRawSync } from "node:zlib";

/** What a gzip member has beyond the data (RFC 1952); the numbers are the header's flag bits. */
export interface GzipMemberOptions {
  readonly text?: boolean;
  readonly extra?: Uint8Array;
  readonly name?: string;
  readonly comment?: string;
  /** A checksum of the header; `"wrong"` for one that is not its. */
  readonly headerChecksum?: boolean | "wrong";
  readonly reservedFlags?: number;
  readonly level?: number;
}

/** One gzip member, with full control of its header. */
export function gzipMember(data: Uint8Array, options: GzipMemberOptions = {}): Uint8Array {
  const { extra, name, comment, headerChecksum } = options;
  const flags =
    Number(options.text === true) |
    (headerChecksum === undefined ? 0 : 2) |
    (extra === undefined ? 0 : 4) |
    (name === undefined ? 0 : 8) |
    (comment === undefined ? 0 : 16) |
    (options.reservedFlags ?? 0);
  const header = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255]),
    extra === undefined ? Buffer.alloc(0) : Buffer.concat([uint16(extra.length), extra]),
    name === undefined ? Buffer.alloc(0) : Buffer.from(`${name}\0`, "latin1"),
    comment === undefined ? Buffer.alloc(0) : Buffer.from(`${comment}\0`, "latin1"),
  ]);
  const checksum = (crc32(header) & 0xffff) ^ (headerChecksum === "wrong" ? 1 : 0);
  return Buffer.concat([
    header,
    headerChecksum === undefined ? Buffer.alloc(0) : uint16(checksum),
    deflateRawSync(data, { level: options.level ?? 6 }),
    uint32(crc32(data)),
    uint32(data.length),
  ]);
}

/** The data cut into so many members, as estargz, pigz and bgzip write it. */
export function gzipMembers(data: Uint8Array, count: number): Uint8Array {
  const length = Math.ceil(data.length / count);
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => gzipMember(data.subarray(index * length, (index + 1) * length))),
  );
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
