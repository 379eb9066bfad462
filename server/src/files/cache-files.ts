import type { Dirent, Stats } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { CACHE_KINDS, type CacheKind } from "../base/cache-store.ts";
import { mapConcurrently } from "../base/concurrency.ts";
import { isSystemError, orMissing } from "./system-error.ts";

/** Of the name of a file that is being written. */
export const PARTIAL_SUFFIX = ".partial";
/** File systems give room in such pieces, in bytes, however small a file is. */
export const BLOCK = 4096;
const STATS_AT_ONCE = 16;

export interface CacheFile {
  readonly kind: CacheKind;
  readonly path: string;
  readonly isPartial: boolean;
  /** Bytes that it takes on the disk. */
  readonly room: number;
  /** Milliseconds since the epoch at which it was last used, as good as it is noted. */
  readonly usedAt: number;
}

export function roomFor(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}

/** All files of a cache's folder. Those that others remove meanwhile are left out. */
export async function listCacheFiles(folder: string): Promise<CacheFile[]> {
  const files = await Promise.all(CACHE_KINDS.map((kind) => listKind(folder, kind)));
  return files.flat();
}

async function listKind(folder: string, kind: CacheKind): Promise<CacheFile[]> {
  const entries = (await orMissing(readdir(join(folder, kind), { withFileTypes: true }))) ?? [];
  const read = async ({ name }: Dirent): Promise<CacheFile | null> => {
    const path = join(folder, kind, name);
    const stats: Stats | null = await orMissing(stat(path));
    if (stats === null) return null;
    return { kind, path, isPartial: name.endsWith(PARTIAL_SUFFIX), room: roomFor(stats.size), usedAt: stats.mtimeMs };
  };
  const files = await mapConcurrently(entries, STATS_AT_ONCE, read);
  return files.filter((file) => file !== null);
}

/** Milliseconds after which nobody is writing a file any more. */
const LONGEST_WRITING = 60 * 60_000;

/** Removes what nobody finished writing, and what was not used for longest, until the rest takes no more than `limit` bytes. */
export async function pruneCacheFiles(folder: string, limit: number, now: number): Promise<void> {
  const files = (await listCacheFiles(folder)).toSorted((one, other) => one.usedAt - other.usedAt);
  let total = files.reduce((sum, { room }) => sum + room, 0);
  for (const { path, isPartial, room, usedAt } of files) {
    const isAbandoned = isPartial && usedAt < now - LONGEST_WRITING;
    if (isPartial ? !isAbandoned : total <= limit) continue;
    await removeCacheFile(path);
    total -= room;
  }
}

/** Removes whatever is there. On Windows a file that another process has open may stay. */
export async function removeCacheFile(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!isInUse(error)) throw error;
  }
}

/** Whether Windows refused something because another process has the file open. */
export function isInUse(error: unknown): boolean {
  const codes = ["EPERM", "EBUSY", "EACCES"];
  return process.platform === "win32" && isSystemError(error) && codes.includes(error.code);
}
