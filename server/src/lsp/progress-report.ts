import * as l10n from "@vscode/l10n";
import type { WorkDoneProgressReporter } from "vscode-languageserver";
import type { Clock } from "../base/clock.ts";
import { formatBytes } from "../base/quantities.ts";
import type { PrefetchProgress } from "../prefetch/prefetch.ts";

/** Tells the client how far an operation on many pins is, at most ten times a second. */
export interface ProgressReport {
  started(label: string): void;
  advanced(label: string, progress: PrefetchProgress): void;
  finished(label: string): void;
}

/** Milliseconds. */
const PAUSE = 100;

/** @param ended aborted when nothing may be reported any more */
export function createProgressReport(
  reporter: Pick<WorkDoneProgressReporter, "report">,
  total: number,
  clock: Clock,
  ended: AbortSignal,
): ProgressReport {
  const bytes = new Map<string, number>();
  /** By label, in the order of their starts: what each waits for. */
  const running = new Map<string, string | null>();
  let finished = 0;
  let lastReport = Number.NEGATIVE_INFINITY;
  let isDue = false;

  const send = () => {
    lastReport = clock.now();
    const received = [...bytes.values()].reduce((sum, one) => sum + one, 0);
    const [label, waiting] = [...running].at(0) ?? [null, null];
    const parts = [
      l10n.t("{0} of {1}", finished, total),
      received > 0 ? formatBytes(received) : null,
      label,
      waiting,
    ].filter((part) => part !== null);
    reporter.report(Math.floor((100 * finished) / Math.max(1, total)), parts.join(" · "));
  };
  /** What comes too soon after the last report is told after the pause: the last word is never left out. */
  const report = () => {
    const pause = lastReport + PAUSE - clock.now();
    if (finished === total || (pause <= 0 && !isDue)) {
      send();
      return;
    }
    if (isDue) return;
    isDue = true;
    void clock.sleep(pause).then(() => {
      isDue = false;
      if (!ended.aborted) send();
    });
  };
  return {
    started(label) {
      running.set(label, null);
      report();
    },
    advanced(label, progress) {
      bytes.set(label, progress.receivedBytes);
      if (running.has(label)) running.set(label, progress.waiting);
      report();
    },
    finished(label) {
      finished += 1;
      running.delete(label);
      report();
    },
  };
}
