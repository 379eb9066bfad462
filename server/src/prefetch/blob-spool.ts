import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { type Digest, digestHex } from "../oci/digest.ts";
import type { DownloadBudget } from "./download-budget.ts";

const READ_SIZE = 128 * 1024;

/** The beginning of a blob in memory, and the rest, if any, in a file. */
interface KeptBlob {
  readonly chunks: Uint8Array[];
  /** Bytes of the chunks, which the budget holds. */
  held: number;
  /** Bytes in the file. */
  written: number;
  path: string | null;
  isComplete: boolean;
}

/**
 * Keeps blobs, as the registry stores them, for who reads them again: in memory while the budget has room, then in files that
 * only this user can read. Close it, or they stay.
 */
export class BlobSpool {
  readonly #parent: string;
  readonly #budget: Pick<DownloadBudget, "tryHold" | "release">;
  readonly #kept = new Map<Digest, KeptBlob>();
  #folder: Promise<string> | null = null;

  /** @param parent where a folder is made for the files, if there are any */
  constructor(parent: string, budget: Pick<DownloadBudget, "tryHold" | "release">) {
    this.#parent = parent;
    this.#budget = budget;
  }

  /** Whether all of a blob is here. */
  has(blob: Digest): boolean {
    return this.#kept.get(blob)?.isComplete ?? false;
  }

  /** Keeps a blob, instead of what an earlier try has left of it. Errors: `spool-failed`, those of `chunks`. */
  async add(blob: Digest, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const _ of this.through(blob, chunks));
  }

  /**
   * The chunks, which are kept as they pass, so nobody may change them. They are here when they were read to their end; if
   * not, none of them are. Errors: `spool-failed`, those of `chunks`.
   */
  async *through(blob: Digest, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    await this.remove(blob);
    const kept: KeptBlob = { chunks: [], held: 0, written: 0, path: null, isComplete: false };
    this.#kept.set(blob, kept);
    let file: FileHandle | null = null;
    try {
      for await (const chunk of chunks) {
        if (file === null && this.#budget.tryHold(chunk.length)) {
          kept.held += chunk.length;
          kept.chunks.push(chunk);
        } else {
          file ??= await this.#create(blob, kept);
          await onDisk(writeWhole(file, chunk));
          kept.written += chunk.length;
        }
        yield chunk;
      }
      kept.isComplete = true;
    } finally {
      if (file !== null) await onDisk(file.close());
      if (!kept.isComplete) await this.remove(blob);
    }
  }

  /** The bytes of a blob that is here. A chunk is valid until the next is asked for. Errors: `spool-failed`. */
  async *read(blob: Digest): AsyncGenerator<Uint8Array, void, undefined> {
    const kept = this.#kept.get(blob);
    if (!kept?.isComplete) throw spoolFailed("the blob is not there");
    yield* kept.chunks;
    if (kept.path === null) return;
    const file = await onDisk(open(kept.path));
    try {
      const buffer = Buffer.allocUnsafe(READ_SIZE);
      for (let left = kept.written; left > 0; ) {
        const { bytesRead } = await onDisk(file.read(buffer, 0, READ_SIZE, null));
        if (bytesRead === 0) throw spoolFailed("it was cut short");
        left -= bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await onDisk(file.close());
    }
  }

  /** Forgets a blob, if it is here. Errors: `spool-failed`. */
  async remove(blob: Digest): Promise<void> {
    const kept = this.#kept.get(blob);
    if (kept === undefined) return;
    this.#kept.delete(blob);
    this.#budget.release(kept.held);
    if (kept.path !== null) await onDisk(rm(kept.path, { force: true }));
  }

  /** Removes everything. What can't be removed is logged: the work itself is done or has failed for another reason. */
  async close(log: Log): Promise<void> {
    for (const { held } of this.#kept.values()) this.#budget.release(held);
    this.#kept.clear();
    let folder: string;
    try {
      if (this.#folder === null) return;
      folder = await this.#folder;
    } catch {
      // Whoever wanted to write was told that there is none.
      return;
    }
    try {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      log.warn(`could not remove the temporary folder ${folder}: ${String(error)}`);
    }
  }

  async #create(blob: Digest, kept: KeptBlob): Promise<FileHandle> {
    this.#folder ??= onDisk(mkdtemp(join(this.#parent, "dockpin-")));
    const path = join(await this.#folder, digestHex(blob));
    kept.path = path;
    return onDisk(open(path, "w", 0o600));
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
}

async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw spoolFailed(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** What comes out of a spool is not what went in. */
export function spoolChanged(): CodedError {
  return new CodedError("spool-failed", "A temporary file changed while it was in use; try again.");
}

function spoolFailed(why: string, cause?: unknown): CodedError {
  const message = `A temporary file could not be used (${why}); check TMPDIR and its free space.`;
  return new CodedError("spool-failed", message, { cause });
}
