import type { Log } from "../base/log.ts";
import type { TemporaryPaths } from "../files/temporary-paths.ts";
import { createLookups } from "../pins/lookups.ts";
import type { PinRun } from "../pins/run.ts";
import type { PrefetchEngine } from "../prefetch/engine.ts";
import { prefetchImage } from "../prefetch/prefetch.ts";
import type { RequestOptions } from "../registry/client.ts";
import { pinSettingsOf } from "./pin-views.ts";
import type { AbortablePrefetch, PrefetchCache } from "./prefetch-cache.ts";
import type { RegistryAccess } from "./registry-access.ts";
import type { Settings } from "./settings.ts";

export interface RunListeners {
  readonly onEvent?: PinRun["onEvent"];
  /** Told when a registry makes a question wait, which is not a part of a prefetch. */
  readonly onWait?: RequestOptions["onWait"];
}

/** Wires runs over pins to the registries. */
export interface PinRuns {
  /** Throws `workspace-untrusted`. */
  start(settings: Settings, signal: AbortSignal, listeners?: RunListeners): PinRun;
  /** Forgets what was learnt of images. */
  forget(): void;
}

const BYTES_PER_MEGABYTE = 1_000_000;

export function createPinRuns(
  access: RegistryAccess,
  cache: PrefetchCache,
  openEngine: (downloadMemory: number) => PrefetchEngine,
  temporaryPaths: TemporaryPaths,
  log: Log,
): PinRuns {
  let engine: PrefetchEngine | null = null;
  let folder: Promise<string> | null = null;
  const temporaryFolder = () => {
    folder ??= temporaryPaths.createFolder();
    return folder;
  };
  return {
    start(settings, signal, { onEvent, onWait } = {}) {
      const registry = access.registry(settings);
      const { maxSize, memory } = settings.download;
      engine ??= openEngine(memory * BYTES_PER_MEGABYTE);
      const used = engine;
      const prefetch: AbortablePrefetch = async (request, onProgress, shared) =>
        prefetchImage(request, {
          ...{ engine: used, registry, log, onProgress },
          signal: shared,
          temporaryFolder: await temporaryFolder(),
          ...(maxSize > 0 && { downloadLimit: maxSize * BYTES_PER_MEGABYTE }),
        });
      return {
        settings: pinSettingsOf(settings),
        lookups: createLookups(registry, { signal, ...(onWait && { onWait }) }),
        prefetch: cache.through(prefetch, settings.cache.maxResults, signal),
        concurrency: settings.concurrency,
        signal,
        ...(onEvent && { onEvent }),
      };
    },
    forget: () => engine?.forget(),
  };
}
