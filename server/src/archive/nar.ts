/** A regular file, not executable, in the folder that is archived. */
export interface NarFile {
  readonly name: string;
  /** Bytes of its content. */
  readonly size: number;
}

/** A piece of an archive: bytes, or the place where the content of a file belongs. */
export type NarPart<F extends NarFile> =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "content"; readonly file: F };

/**
 * The parts of the Nix archive (NAR) of a folder that has nothing but these files, in the order of the archive: that of the
 * bytes of their names, each of which stands once.
 * Format: E. Dolstra, "The Purely Functional Software Deployment Model", figure 5.2; Nix `libutil/archive.cc`. Every string
 * is its length in bytes as 64 bits, little endian, then the bytes, then zeros up to a multiple of 8.
 */
export function* folderNar<F extends NarFile>(files: readonly F[]): Generator<NarPart<F>, void, undefined> {
  yield tokens("nix-archive-1", "(", "type", "directory");
  for (const file of [...files].sort(byName)) {
    const entry = tokens("entry", "(", "name", file.name, "node", "(", "type", "regular", "contents");
    yield { kind: "bytes", bytes: Buffer.concat([entry.bytes, lengthOf(file.size)]) };
    yield { kind: "content", file };
    yield { kind: "bytes", bytes: Buffer.concat([paddingOf(file.size), tokens(")", ")").bytes]) };
  }
  yield tokens(")");
}

function byName(one: NarFile, other: NarFile): number {
  return Buffer.compare(Buffer.from(one.name), Buffer.from(other.name));
}

function tokens(...texts: readonly string[]): { readonly kind: "bytes"; readonly bytes: Uint8Array } {
  const strings = texts.flatMap((text) => {
    const bytes = Buffer.from(text);
    return [lengthOf(bytes.length), bytes, paddingOf(bytes.length)];
  });
  return { kind: "bytes", bytes: Buffer.concat(strings) };
}

function lengthOf(size: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(size));
  return bytes;
}

function paddingOf(size: number): Uint8Array {
  return Buffer.alloc((8 - (size % 8)) % 8);
}
