/** Tar works in blocks of this many bytes. */
export const TAR_BLOCK_SIZE = 512;

/** What ends a tar archive. skopeo does not fill the last record of 10240 bytes. */
export const TAR_END = new Uint8Array(2 * TAR_BLOCK_SIZE);

/** The largest size that eleven octal digits hold; a larger one goes into a PAX header. */
const USTAR_SIZE_LIMIT = 8 ** 11 - 1;
const NAME_LENGTH_LIMIT = 100;

/**
 * The header blocks of a regular file, as Go's archive/tar writes them for skopeo: mode 0444, everything else zero.
 * `size` is in bytes; from 8 GiB on, a PAX extended header carries it. Throws a RangeError for a name that would need
 * an extended header, which no archive of sha256 digests has.
 */
export function tarFileHeader(name: string, size: number): Uint8Array {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`not a size: ${size}`);
  const header = { name, mode: "0000444", typeFlag: "0", linkTarget: "", deviceNumber: "0000000" } as const;
  if (size <= USTAR_SIZE_LIMIT) return headerBlock({ ...header, size });
  const record = Buffer.alloc(TAR_BLOCK_SIZE);
  const recordLength = record.write(paxRecord("size", String(size)), "latin1");
  const extended = headerBlock({
    name: paxHeaderName(name),
    mode: "0000000",
    typeFlag: "x",
    linkTarget: "",
    deviceNumber: "",
    size: recordLength,
  });
  return Buffer.concat([extended, record, headerBlock({ ...header, size: 0 })]);
}

/** The header block of a symbolic link, as skopeo writes it: mode 0. */
export function tarSymlinkHeader(name: string, linkTarget: string): Uint8Array {
  return headerBlock({ name, mode: "0000000", typeFlag: "2", linkTarget, deviceNumber: "0000000", size: 0 });
}

/** The zero bytes that follow a body of `size` bytes. */
export function tarPadding(size: number): Uint8Array {
  return TAR_END.subarray(0, (TAR_BLOCK_SIZE - (size % TAR_BLOCK_SIZE)) % TAR_BLOCK_SIZE);
}

interface HeaderFields {
  readonly name: string;
  readonly mode: string;
  readonly size: number;
  readonly typeFlag: "0" | "2" | "x";
  readonly linkTarget: string;
  /** Of both numbers; Go leaves them out of a PAX header. */
  readonly deviceNumber: string;
}

/** POSIX.1-1988 ustar, with the field endings that Go chooses. */
function headerBlock(fields: HeaderFields): Uint8Array {
  for (const path of [fields.name, fields.linkTarget]) {
    if (path.length > NAME_LENGTH_LIMIT) throw new RangeError(`too long for a tar header: ${path}`);
  }
  const block = Buffer.alloc(TAR_BLOCK_SIZE);
  block.write(fields.name, 0, "latin1");
  block.write(fields.mode, 100, "latin1");
  block.write("0000000", 108, "latin1"); // user
  block.write("0000000", 116, "latin1"); // group
  block.write(octal(fields.size, 11), 124, "latin1");
  block.write(octal(0, 11), 136, "latin1"); // modification time
  block.write("        ", 148, "latin1"); // the checksum counts itself as spaces
  block.write(fields.typeFlag, 156, "latin1");
  block.write(fields.linkTarget, 157, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write(fields.deviceNumber, 329, "latin1");
  block.write(fields.deviceNumber, 337, "latin1");
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${octal(checksum, 6)}\0 `, 148, "latin1");
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** A PAX record: its length in decimal digits, those included, then the key and value. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

/** Go puts the extended header of `folder/file` at `folder/PaxHeaders.0/file`. */
function paxHeaderName(name: string): string {
  const slash = name.lastIndexOf("/") + 1;
  return `${name.slice(0, slash)}PaxHeaders.0/${name.slice(slash)}`;
}
