import { createHash } from "node:crypto";
import type { ArchiveLayer, ArchivePart } from "../archive/docker-archive.ts";
import { CodedError } from "../base/errors.ts";
import { type Digest, digestFromHex } from "../oci/digest.ts";

export interface HashedArchive {
  readonly digest: Digest;
  readonly size: number;
}

/** Where the bytes of layers come from and where those of the archive go. */
export interface ArchiveStreams {
  /** The uncompressed bytes of a layer; a piece is valid until the next is asked for. */
  readLayer(layer: ArchiveLayer): AsyncIterable<Uint8Array>;
  readonly onLayerDone: (layer: ArchiveLayer) => void;
  readonly writeArchive: ((bytes: Uint8Array) => Promise<void>) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Hashes an archive in its order, and writes it if it is wanted. Pieces that are written are not used again. */
export async function hashArchive(parts: Iterable<ArchivePart>, streams: ArchiveStreams): Promise<HashedArchive> {
  const hash = createHash("sha256");
  let size = 0;
  const append = async (bytes: Uint8Array) => {
    streams.signal?.throwIfAborted();
    hash.update(bytes);
    size += bytes.length;
    // The writer may keep the bytes for longer than their source does.
    if (streams.writeArchive && bytes.length > 0) await streams.writeArchive(Buffer.from(bytes));
  };
  for (const part of parts) {
    if (part.kind === "bytes") {
      await append(part.bytes);
      continue;
    }
    const start = size;
    for await (const piece of streams.readLayer(part.layer)) await append(piece);
    if (size - start !== part.layer.size) {
      throw new CodedError("spool-failed", "A temporary file changed while it was in use; try again.");
    }
    streams.onLayerDone(part.layer);
  }
  return { digest: digestFromHex(hash.digest("hex")), size };
}
