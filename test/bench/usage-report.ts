import { readFileSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

// Loaded into a measured Node process by --require: nothing else tells a child's peak memory on every platform.
const path = process.env["DOCKPIN_USAGE_REPORT"];
if (path !== undefined && isMainThread) {
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    const report: UsageReport = { peakMemory: peakMemory(), processor: (user + system) / 1e6 };
    writeFileSync(path, JSON.stringify(report));
  });
}

/** Of a whole process. */
export interface UsageReport {
  /** Bytes. */
  readonly peakMemory: number;
  /** Seconds of all its threads. */
  readonly processor: number;
}

/** Bytes. On Linux, `maxRSS` begins with what the parent had when it forked, so the kernel is asked for this program's own. */
function peakMemory(): number {
  const kilobytes =
    process.platform === "linux"
      ? Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1])
      : process.resourceUsage().maxRSS;
  return kilobytes * 1024;
}
