import { randomBytes } from "node:crypto";
import { chmod, type FileHandle, open, readFile, realpath, rename, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CodedError } from "../base/errors.ts";
import { isSystemError, orMissing } from "./system-error.ts";
import type { TemporaryPaths } from "./temporary-paths.ts";

/**
 * Replaces a file's content by way of a temporary file beside it, so that the file is whole at every moment. Its mode is
 * kept, and a symbolic link stays one. Throws `file-changed` when the content is no longer `expected`, and
 * `file-unwritable`.
 */
export async function replaceFile(
  path: string,
  expected: Uint8Array,
  content: Uint8Array,
  temporaryPaths: TemporaryPaths,
): Promise<void> {
  try {
    const target = await realpath(path);
    const { mode, uid, gid } = await stat(target);
    await writeBeside(target, temporaryPaths, async (file, partial) => {
      await file.writeFile(content);
      // The umask took bits from the mode that the file was opened with.
      await chmod(partial, mode & 0o7777);
      if (process.getuid?.() === 0) await file.chown(uid, gid);
      await file.sync();
      if (!(await readFile(target)).equals(expected)) {
        throw new CodedError("file-changed", `${path} changed while it was being updated; run the update again.`);
      }
    });
  } catch (error) {
    throw unwritable(error, "file-unwritable", path);
  }
}

/**
 * Writes a new file, or replaces one, only when `write` has succeeded; into a device or pipe it writes directly.
 * Throws `output-unwritable`.
 */
export async function createFile<T>(
  path: string,
  temporaryPaths: TemporaryPaths,
  write: (append: (bytes: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T> {
  try {
    const fill = (file: FileHandle) => write((bytes) => file.writeFile(bytes));
    const existing = await orMissing(stat(path));
    if (existing === null) return await writeBeside(path, temporaryPaths, fill);
    if (existing.isFile()) return await writeBeside(await realpath(path), temporaryPaths, fill);
    return await writeInto(path, fill);
  } catch (error) {
    throw unwritable(error, "output-unwritable", path);
  }
}

async function writeBeside<T>(
  target: string,
  temporaryPaths: TemporaryPaths,
  fill: (file: FileHandle, partial: string) => Promise<T>,
): Promise<T> {
  const partial = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.dockpin`);
  temporaryPaths.watch(partial);
  try {
    const file = await open(partial, "wx");
    let result: T;
    try {
      result = await fill(file, partial);
    } finally {
      await file.close();
    }
    await rename(partial, target);
    temporaryPaths.forget(partial);
    return result;
  } catch (error) {
    await temporaryPaths.remove(partial);
    throw error;
  }
}

async function writeInto<T>(path: string, fill: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, "w");
  try {
    return await fill(file);
  } finally {
    await file.close();
  }
}

function unwritable(error: unknown, code: "file-unwritable" | "output-unwritable", path: string): unknown {
  if (error instanceof CodedError || !isSystemError(error)) return error;
  const message = `${path} cannot be written (${error.code}); check its folder's permissions and free space.`;
  return new CodedError(code, message, { cause: error });
}
