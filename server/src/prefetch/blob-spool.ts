import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { type Digest, digestHex } from "../oci/digest.ts";

const READ_SIZE = 128 * 1024;

/** Keeps blobs, as the registry stores them, in files that only this user can read. Close it, or they stay. */
export class BlobSpool {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes a folder of its own inside `parent`. Errors: `spool-failed`. */
  static async open(parent: string): Promise<BlobSpool> {
    return new BlobSpool(await onDisk(mkdtemp(join(parent, "dockpin-"))));
  }

  /** Writes a blob, instead of what an earlier try has left of it. Errors: `spool-failed`, those of `chunks`. */
  async add(blob: Digest, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const file = await onDisk(open(this.#path(blob), "w", 0o600));
    try {
      for await (const chunk of chunks) await onDisk(writeWhole(file, chunk));
    } finally {
      await onDisk(file.close());
    }
  }

  /** The bytes of a blob that was added. A chunk is valid until the next is asked for. Errors: `spool-failed`. */
  async *read(blob: Digest): AsyncGenerator<Uint8Array, void, undefined> {
    const file = await onDisk(open(this.#path(blob)));
    try {
      const buffer = Buffer.allocUnsafe(READ_SIZE);
      for (;;) {
        const { bytesRead } = await onDisk(file.read(buffer, 0, READ_SIZE, null));
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await onDisk(file.close());
    }
  }

  /** Removes everything. What can't be removed is logged: the work itself is done or has failed for another reason. */
  async close(log: Log): Promise<void> {
    try {
      await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      log.warn(`could not remove the temporary folder ${this.#folder}: ${String(error)}`);
    }
  }

  #path(blob: Digest): string {
    return join(this.#folder, digestHex(blob));
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
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError(
      "spool-failed",
      `A temporary file could not be used (${why}); check TMPDIR and its free space.`,
      {
        cause,
      },
    );
  }
}
