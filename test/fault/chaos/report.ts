import type { Secret } from "../secrets.ts";

/** The last line that `play.ts` prints. */
export interface ChaosReport {
  /** Prefetches by what came of them: `right`, or the code of an error. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Connections by what happened to them. */
  readonly suffered: Readonly<Record<string, number>>;
  /** What came of prefetches that must not be. */
  readonly wrong: readonly string[];
  readonly leftFiles: readonly string[];
  readonly leftHandles: readonly string[];
  /** What the registry was sent: else nothing can have leaked. */
  readonly secretsReceived: readonly Secret[];
}
