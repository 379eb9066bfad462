import { createHash } from "node:crypto";
import { digestFromHex } from "../oci/digest.ts";
import { spoolChanged } from "./blob-spool.ts";
import type { ArchiveHash } from "./threads/threads.ts";

/**
 * Hashes an archive in the caller's thread and writes it, if that is wanted, piece by piece as `write` takes them. What is
 * written can't be taken back, so that nothing may be appended that is not certain: restoring another state is `spool-failed`. A
 * piece that `write` was given is not used again. Throws what `write` does, and the signal's reason.
 */
export function writtenArchive(
  write: ((bytes: Uint8Array) => Promise<void>) | undefined,
  signal: AbortSignal | undefined,
): ArchiveHash {
  const hash = createHash("sha256");
  let size = 0;
  const append = async (bytes: Uint8Array) => {
    signal?.throwIfAborted();
    if (bytes.length === 0) return;
    hash.update(bytes);
    size += bytes.length;
    // The writer may keep the bytes for longer than their source does.
    await write?.(Buffer.from(bytes));
  };
  return {
    get size() {
      return size;
    },
    append,
    async appendLayer({ content }) {
      const start = size;
      for await (const piece of content) await append(piece);
      return size - start;
    },
    save: () => ({ size }),
    restore(state) {
      if (state.size !== size) throw spoolChanged();
    },
    digest: async () => ({ digest: digestFromHex(hash.digest("hex")), size }),
    close() {},
  };
}
