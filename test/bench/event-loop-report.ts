import { renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

// Loaded into a measured Node process by --require: every SIGUSR2 writes what the delay of its event loop was since the last.
const path = process.env["DOCKPIN_EVENT_LOOP_REPORT"];
if (path !== undefined && isMainThread) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  let reports = 0;
  process.on("SIGUSR2", () => {
    const report: EventLoopReport = {
      number: ++reports,
      p99: histogram.percentile(99) / 1e6,
      max: histogram.max / 1e6,
    };
    histogram.reset();
    writeFileSync(`${path}.new`, JSON.stringify(report));
    renameSync(`${path}.new`, path);
  });
}

/** Milliseconds; what the timer of the measurement asks for, which is 1, is part of them. */
export interface EventLoopReport {
  /** Counts up. */
  readonly number: number;
  readonly p99: number;
  readonly max: number;
}
