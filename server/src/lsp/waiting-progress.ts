import type { PrefetchProgress } from "../prefetch/prefetch.ts";

/** A wait that a registry asks for while nothing is downloaded yet, as the progress of a prefetch. */
export function waitingProgress(wait: { readonly milliseconds: number; readonly reason: string }): PrefetchProgress {
  const waiting = `waiting ${Math.ceil(wait.milliseconds / 1000)} s: ${wait.reason}`;
  return { receivedBytes: 0, totalBytes: 0, layersDone: 0, layersTotal: 0, waiting };
}
