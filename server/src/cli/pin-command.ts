import type { Log } from "../base/log.ts";
import type { Pin } from "../nix/pin.ts";
import type { PinSettings } from "../pins/assess.ts";
import { labelOf } from "../pins/label.ts";
import { createLookups } from "../pins/lookups.ts";
import { type PinRun, type Prefetch, prefetchOnce } from "../pins/run.ts";
import type { PrefetchEngine } from "../prefetch/engine.ts";
import { openPrefetchEngine } from "../prefetch/open-engine.ts";
import { prefetchImage } from "../prefetch/prefetch.ts";
import type { RegistryClient } from "../registry/client.ts";
import {
  type PIN_OPTIONS,
  type RegistrySettings,
  type readArguments,
  readConcurrency,
  readPlatform,
  readRegistrySettings,
} from "./arguments.ts";
import { openCache } from "./cache-access.ts";
import { targetsOf } from "./pin-targets.ts";
import { createProgress, type Progress, type ProgressItem, silentProgress } from "./progress.ts";
import { openRegistry, TAG_LIFETIME } from "./registry-access.ts";
import type { CommandContext } from "./terminal.ts";

/** What the verbs over pins read from the command line. */
export interface PinCommandSettings {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly pins: PinSettings;
  readonly registry: RegistrySettings;
  readonly concurrency: number;
  readonly usesCache: boolean;
  /** Milliseconds for which a registry's word on a tag is taken; 0 to ask each time. */
  readonly tagLifetime: number;
}

type PinValues = ReturnType<typeof readArguments<typeof PIN_OPTIONS>>["values"];

export function readPinSettings(values: PinValues, tagLifetime = TAG_LIFETIME): PinCommandSettings {
  const registry = readRegistrySettings(values);
  return {
    json: values.json ?? false,
    quiet: values.quiet ?? false,
    pins: { platform: readPlatform(values.platform), tlsVerify: registry.tlsVerify },
    registry,
    concurrency: readConcurrency(values.concurrency),
    usesCache: !(values["no-cache"] ?? false),
    tagLifetime,
  };
}

/** Runs `work` with the registries open, progress shown, and temporary files for the blobs; ends all of it afterwards. */
export async function withPinRun<T>(
  settings: PinCommandSettings,
  pins: readonly Pin[],
  context: CommandContext,
  work: (run: PinRun, progress: Progress) => Promise<T>,
): Promise<T> {
  const { clock, signal } = context;
  const progress = settings.quiet ? silentProgress : createProgress(context.stderr, clock, pins.length);
  const log = createLog(context, progress, settings.quiet);
  const items = new Map<Pin, ProgressItem>(pins.map((pin) => [pin, { label: labelOf(pin) }]));
  const store = openCache(settings.usesCache, context, log);
  const memory = { store, tagLifetime: settings.tagLifetime };
  const registry = await openRegistry(settings.registry, targetsOf(pins, settings.pins), context, log, memory);
  const spool = createSpool(context);
  const engine = openPrefetchEngine({ folder: context.wasmFolder, cache: store, log });
  try {
    return await work(
      {
        settings: settings.pins,
        lookups: createLookups(registry, { signal, onWait: (wait) => progress.waits(wait) }),
        prefetch: prefetchOnce(createPrefetch(engine, registry, spool, log, signal)),
        concurrency: settings.concurrency,
        signal,
        onEvent: (event) => {
          const item = items.get(event.pin);
          if (item === undefined) return;
          if (event.kind === "progress") progress.advanced(item, event.progress);
          else progress[event.kind](item);
        },
      },
      progress,
    );
  } finally {
    progress.clear();
    await Promise.all([registry.close(), engine.close(), spool.remove()]);
  }
}

/** A folder for compressed blobs that is made when it is first needed. */
export interface Spool {
  folder(): Promise<string>;
  remove(): Promise<void>;
}

export function createSpool({ temporaryPaths }: CommandContext): Spool {
  let folder: Promise<string> | null = null;
  return {
    folder() {
      folder ??= temporaryPaths.createFolder();
      return folder;
    },
    async remove() {
      if (folder !== null) await temporaryPaths.remove(await folder);
    },
  };
}

/** Warnings go to stderr, after the progress line was taken away. */
export function createLog({ stderr }: CommandContext, progress: Progress, quiet: boolean): Log {
  return {
    debug() {},
    info() {},
    warn(message) {
      if (quiet) return;
      progress.clear();
      stderr.write(`dockpin: ${message}\n`);
    },
  };
}

function createPrefetch(
  engine: PrefetchEngine,
  registry: RegistryClient,
  spool: Spool,
  log: Log,
  signal: AbortSignal,
): Prefetch {
  return async (request, onProgress) =>
    prefetchImage(request, { engine, registry, log, temporaryFolder: await spool.folder(), signal, onProgress });
}
