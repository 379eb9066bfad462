import { randomBytes } from "node:crypto";
import { appendFile, mkdir, open, rename, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CACHE_KINDS, type CacheKind, type CacheStore } from "../base/cache-store.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { decodeEntry, encodeEntry, entryFileName } from "./cache-entry.ts";
import {
  BLOCK,
  isInUse,
  listCacheFiles,
  PARTIAL_SUFFIX,
  pruneCacheFiles,
  removeCacheFile,
  roomFor,
} from "./cache-files.ts";
import { isSystemError, orMissing } from "./system-error.ts";

export interface CacheFolderOptions {
  /** Absolute; made when something is first written. */
  readonly folder: string;
  /** Bytes of disk that all entries together may take. */
  readonly sizeLimit: number;
  readonly log: Log;
  /** The system's when absent. */
  readonly clock?: Clock;
}

/** What is remembered of one kind. */
export interface CacheUsage {
  readonly kind: CacheKind;
  readonly entries: number;
  /** Bytes of disk. */
  readonly bytes: number;
}

/** A cache in a folder that any number of processes may share. */
export interface CacheFolder extends CacheStore {
  readonly folder: string;
  /** Throws `cache-unusable`. */
  describe(): Promise<readonly CacheUsage[]>;
  /** Throws `cache-unusable`. */
  clear(): Promise<void>;
}

/** Below the folder, so that other formats can come. */
const VERSION = "v1";
/** Has a byte for each block that was written since the last pruning, by whichever process. */
const WRITTEN = "written";
/** Of an entry, in bytes. */
const LARGEST_ENTRY = 4 * 1024 * 1024;
/** Milliseconds for which a use is not noted again. */
const USE_PRECISION = 60 * 60_000;
/** Of the size limit: what is written between two prunings, and left free by each. */
const PRUNED_SHARE = 1 / 8;

/**
 * Remembers in files, one for each entry. A file that is not whole, or not what it is named after, is removed. Nothing fails
 * because of the disk: what is wrong with it is logged once. A folder that another user owns, or can write to, is not used.
 */
export function openCacheFolder({ folder, sizeLimit, log, clock = systemClock }: CacheFolderOptions): CacheFolder {
  const root = join(folder, VERSION);
  const pathOf = (kind: CacheKind, key: string) => join(root, kind, entryFileName(kind, key));
  let isTroubleTold = false;
  let ownership: Promise<void> | null = null;
  let pruning: Promise<void> | null = null;

  const orDoWithout = async <T>(work: () => Promise<T>, without: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isSystemError(error) && !(error instanceof CodedError)) throw error;
      if (!isTroubleTold) log.warn(unusable(folder, error).message);
      isTroubleTold = true;
      return without;
    }
  };

  const requireOwn = async () => {
    ownership ??= refuseFolderOfOthers(root);
    try {
      await ownership;
    } catch (error) {
      ownership = null;
      throw error;
    }
  };

  const readEntry = async (kind: CacheKind, key: string): Promise<Uint8Array | null> => {
    const path = pathOf(kind, key);
    const found = await orMissing(readFile(path));
    if (found === null) return null;
    await requireOwn();
    const value = found.bytes === null ? null : decodeEntry(kind, key, found.bytes);
    const now = clock.now();
    if (value === null) await removeCacheFile(path);
    else if (found.usedAt < now - USE_PRECISION) await orMissing(utimes(path, now / 1000, now / 1000));
    return value;
  };

  const writeEntry = async (kind: CacheKind, key: string, value: Uint8Array): Promise<void> => {
    const entry = encodeEntry(kind, key, value);
    const path = pathOf(kind, key);
    await makeFolder(root);
    await requireOwn();
    // When another process clears the cache right now, once more is enough.
    const isDone = (await orMissing(replace(path, entry))) ?? (await orMissing(replace(path, entry)));
    if (isDone) await pruneInTime(roomFor(entry.length));
  };

  /** Without looking at the whole folder at each write, and also when many processes write a little each. */
  const pruneInTime = async (room: number) => {
    const counter = join(root, WRITTEN);
    await orMissing(appendFile(counter, ".".repeat(room / BLOCK), { mode: 0o600 }));
    const written = ((await orMissing(stat(counter)))?.size ?? 0) * BLOCK;
    const share = sizeLimit * PRUNED_SHARE;
    if (written < share) return;
    pruning ??= pruneCacheFiles(root, sizeLimit - share, clock.now())
      .then(() => orMissing(truncate(counter)))
      .then(() => undefined)
      .finally(() => {
        pruning = null;
      });
    await pruning;
  };

  return {
    folder,
    read: (kind, key) => orDoWithout(() => readEntry(kind, key), null),
    async write(kind, key, value) {
      if (value.length > LARGEST_ENTRY || value.length > sizeLimit * PRUNED_SHARE) return;
      await orDoWithout(() => writeEntry(kind, key, value), undefined);
    },
    async describe() {
      try {
        const files = (await listCacheFiles(root)).filter(({ isPartial }) => !isPartial);
        return CACHE_KINDS.map((kind) => {
          const rooms = files.filter((file) => file.kind === kind).map(({ room }) => room);
          return { kind, entries: rooms.length, bytes: rooms.reduce((sum, room) => sum + room, 0) };
        });
      } catch (error) {
        throw unusable(folder, error);
      }
    },
    async clear() {
      try {
        // Others may be writing into it.
        await rm(root, { recursive: true, force: true, maxRetries: 5 });
      } catch (error) {
        throw unusable(folder, error);
      }
    },
  };
}

interface FoundFile {
  /** Null for what is no file, and for one that is larger than any entry. */
  readonly bytes: Buffer | null;
  readonly usedAt: number;
}

async function readFile(path: string): Promise<FoundFile> {
  const file = await open(path, "r");
  try {
    const stats = await file.stat();
    const isReadable = stats.isFile() && stats.size <= 2 * LARGEST_ENTRY;
    return { bytes: isReadable ? await file.readFile() : null, usedAt: stats.mtimeMs };
  } finally {
    await file.close();
  }
}

/** Others see the old file or the new one, never a part. */
async function replace(path: string, bytes: Uint8Array): Promise<true> {
  const partial = `${path}.${randomBytes(6).toString("hex")}${PARTIAL_SUFFIX}`;
  await makeFolder(dirname(path));
  try {
    await writeFile(partial, bytes, { flag: "wx", mode: 0o600 });
    await rename(partial, path);
  } catch (error) {
    await removeCacheFile(partial);
    // Who has the entry open has one that is as good.
    if (!isInUse(error)) throw error;
  }
  return true;
}

/** Not `mkdir` with `recursive`, which never ends in a file system such as `/proc` that lets nobody make a folder (Node 20). */
async function makeFolder(path: string): Promise<void> {
  const make = async () => {
    try {
      await mkdir(path, { mode: 0o700 });
    } catch (error) {
      if (!isSystemError(error) || error.code !== "EEXIST") throw error;
    }
    return true;
  };
  if (await orMissing(make())) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await make();
}

/** Who can write to the folder can make dockpin believe what they like. Windows gives folders below a user's to nobody else. */
async function refuseFolderOfOthers(root: string): Promise<void> {
  const user = process.getuid?.();
  if (user === undefined) return;
  const { uid, mode } = await stat(root);
  if (uid === user && (mode & 0o022) === 0) return;
  throw new CodedError("cache-unusable", "others can write to it");
}

function unusable(folder: string, error: unknown): CodedError {
  if (!isSystemError(error) && !(error instanceof CodedError)) throw error;
  const reason = error instanceof CodedError ? error.message : error.code;
  const message = `The cache in ${folder} cannot be used (${reason}), so nothing is remembered there; check who owns it, its permissions and free space, or choose another place with XDG_CACHE_HOME.`;
  return new CodedError("cache-unusable", message, { cause: error });
}
