import { homedir } from "node:os";
import { type CacheStore, noCache } from "../base/cache-store.ts";
import type { Log } from "../base/log.ts";
import { type CacheFolder, openCacheFolder } from "../files/cache-folder.ts";
import { cachePlaceOf } from "../files/cache-place.ts";
import type { CommandContext } from "./terminal.ts";

/** Bytes of disk. */
const SIZE_LIMIT = 100_000_000;

/** Where `--no-cache` says that nothing is remembered, nothing is. */
export function openCache(isUsed: boolean, context: CommandContext, log: Log): CacheStore {
  return isUsed ? openUserCache(context, log) : noCache;
}

/** The cache of this user. */
export function openUserCache({ env, clock }: CommandContext, log: Log): CacheFolder {
  const folder = cachePlaceOf({ environment: env, homeFolder: homedir(), platform: process.platform });
  return openCacheFolder({ folder, sizeLimit: SIZE_LIMIT, log, clock });
}
