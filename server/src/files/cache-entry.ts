import { createHash } from "node:crypto";
import type { CacheKind } from "../base/cache-store.ts";

const CHECKSUM_LENGTH = 32;
/** The length of the name, before it. */
const LENGTH_LENGTH = 4;

/** The name of the file that an entry is in. */
export function entryFileName(kind: CacheKind, key: string): string {
  return createHash("sha256").update(nameOf(kind, key)).digest("hex");
}

/** An entry as a file has it: the SHA-256 of what follows; the length of its name in bytes, big endian; name; value. */
export function encodeEntry(kind: CacheKind, key: string, value: Uint8Array): Buffer {
  const name = Buffer.from(nameOf(kind, key), "utf8");
  const length = Buffer.alloc(LENGTH_LENGTH);
  length.writeUInt32BE(name.length);
  const content = Buffer.concat([length, name, value]);
  return Buffer.concat([checksumOf(content), content]);
}

/** The value; null when the bytes are not this entry, whole and as it was written. */
export function decodeEntry(kind: CacheKind, key: string, bytes: Buffer): Buffer | null {
  const content = bytes.subarray(CHECKSUM_LENGTH);
  if (content.length < LENGTH_LENGTH) return null;
  if (!checksumOf(content).equals(bytes.subarray(0, CHECKSUM_LENGTH))) return null;
  const start = LENGTH_LENGTH + content.readUInt32BE();
  if (content.subarray(LENGTH_LENGTH, start).toString("utf8") !== nameOf(kind, key)) return null;
  return content.subarray(start);
}

function nameOf(kind: CacheKind, key: string): string {
  return `${kind} ${key}`;
}

function checksumOf(content: Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}
