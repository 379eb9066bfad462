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

export function createProgressReport(
  reporter: Pick<WorkDoneProgressReporter, "report">,
  total: number,
  clock: Clock,
): ProgressReport {
  const bytes = new Map<string, number>();
  let finished = 0;
  let lastReport = Number.NEGATIVE_INFINITY;

  const report = (label: string, waiting: string | null) => {
    if (clock.now() - lastReport < PAUSE && finished < total) return;
    lastReport = clock.now();
    const received = [...bytes.values()].reduce((sum, one) => sum + one, 0);
    const count = l10n.t("{0} of {1}", finished, total);
    const parts = [
      count,
      ...(received > 0 ? [formatBytes(received)] : []),
      label,
      ...(waiting === null ? [] : [waiting]),
    ];
    reporter.report(Math.floor((100 * finished) / Math.max(1, total)), parts.join(" · "));
  };
  return {
    started: (label) => report(label, null),
    advanced(label, progress) {
      bytes.set(label, progress.receivedBytes);
      report(label, progress.waiting);
    },
    finished(label) {
      finished += 1;
      report(label, null);
    },
  };
}
