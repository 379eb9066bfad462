export interface PrefetchProgress {
  /** Compressed bytes received so far, and in all (config and layers, repeated blobs once). */
  readonly receivedBytes: number;
  readonly totalBytes: number;
  /** Layers whose bytes are hashed, and in all. */
  readonly layersDone: number;
  readonly layersTotal: number;
  /** Set while the registry makes us wait, for people: `waiting 12 s: registry is rate limiting`. */
  readonly waiting: string | null;
}

/** Adds up what the parts of a prefetch report, and tells the listener after every change. */
export class ProgressMeter {
  readonly #listener: (progress: PrefetchProgress) => void;
  #progress: PrefetchProgress = { receivedBytes: 0, totalBytes: 0, layersDone: 0, layersTotal: 0, waiting: null };

  constructor(listener: ((progress: PrefetchProgress) => void) | undefined) {
    this.#listener = listener ?? (() => {});
  }

  expect(totalBytes: number, layersTotal: number): void {
    this.#change({ totalBytes, layersTotal });
  }

  receive(bytes: number): void {
    this.#change({ receivedBytes: this.#progress.receivedBytes + bytes, waiting: null });
  }

  /** Puts what a blob really had, all of it received, in the place of what the manifest claimed. */
  correctTotal(claimedBytes: number, actualBytes: number): void {
    if (claimedBytes === actualBytes) return;
    this.#change({ totalBytes: this.#progress.totalBytes - claimedBytes + actualBytes });
  }

  finishLayers(count: number): void {
    this.#change({ layersDone: this.#progress.layersDone + count });
  }

  wait(milliseconds: number, reason: string): void {
    this.#change({ waiting: `waiting ${Math.ceil(milliseconds / 1000)} s: ${reason}` });
  }

  #change(change: Partial<PrefetchProgress>): void {
    this.#progress = { ...this.#progress, ...change };
    this.#listener(this.#progress);
  }
}
