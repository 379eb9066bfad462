export interface TarEntry {
  readonly name: string;
  readonly mode: string;
  readonly size: number;
  readonly typeFlag: string;
  readonly linkTarget: string;
  readonly body: Buffer;
}

/** Reads one ustar header block strictly (POSIX.1-1988): checksum, magic, octal fields. */
export function readTarHeader(block: Buffer): Omit<TarEntry, "body"> {
  const text = (start: number, length: number) => block.toString("latin1", start, start + length).replace(/\0+$/, "");
  const octal = (start: number, length: number) => {
    const digits = text(start, length).replace(/[\0 ]+$/, "");
    if (!/^[0-7]*$/.test(digits)) throw new Error(`not octal: ${JSON.stringify(digits)}`);
    return Number.parseInt(digits || "0", 8);
  };
  const unsummed = Buffer.from(block);
  unsummed.fill(" ", 148, 156);
  const sum = [...unsummed].reduce((total, byte) => total + byte, 0);
  if (octal(148, 8) !== sum) throw new Error("wrong checksum");
  if (block.toString("latin1", 257, 265) !== "ustar\x0000") throw new Error("not ustar");
  return {
    name: text(0, 100),
    mode: text(100, 8),
    size: octal(124, 12),
    typeFlag: text(156, 1),
    linkTarget: text(157, 100),
  };
}

/** Reads a whole archive of plain ustar entries; throws unless its end is two zero blocks and nothing more. */
export function readTar(archive: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  let at = 0;
  while (archive[at] !== 0) {
    const header = readTarHeader(archive.subarray(at, at + 512));
    const start = at + 512;
    entries.push({ ...header, body: archive.subarray(start, start + header.size) });
    at = start + Math.ceil(header.size / 512) * 512;
  }
  if (archive.length - at !== 1024 || archive.subarray(at).some((byte) => byte !== 0)) throw new Error("wrong end");
  return entries;
}
