import { posix, win32 } from "node:path";

export interface CachePlaceOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  /** As `process.platform`. */
  readonly platform: string;
}

/**
 * The folder for what is remembered between runs: `$XDG_CACHE_HOME/dockpin`, where that is absolute (XDG Base Directory
 * Specification 0.8), else where the platform has caches.
 */
export function cachePlaceOf({ environment, homeFolder, platform }: CachePlaceOptions): string {
  const { isAbsolute, join } = platform === "win32" ? win32 : posix;
  const { XDG_CACHE_HOME: chosen, LOCALAPPDATA: local } = environment;
  if (chosen !== undefined && isAbsolute(chosen)) return join(chosen, "dockpin");
  if (platform === "darwin") return join(homeFolder, "Library", "Caches", "dockpin");
  if (platform !== "win32") return join(homeFolder, ".cache", "dockpin");
  const data = local !== undefined && isAbsolute(local) ? local : join(homeFolder, "AppData", "Local");
  return join(data, "dockpin", "Cache");
}
