import { readFileSync, writeFileSync } from "node:fs";

// Loaded into a measured Node process by --require: nothing else tells a child's peak memory on every platform.
const path = process.env["DOCKPIN_USAGE_REPORT"];
if (path !== undefined) {
  process.on("exit", () => writeFileSync(path, JSON.stringify({ peakMemory: peakMemory() })));
}

/** Bytes. On Linux, `maxRSS` begins with what the parent had when it forked, so the kernel is asked for this program's own. */
function peakMemory(): number {
  const kilobytes =
    process.platform === "linux"
      ? Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1])
      : process.resourceUsage().maxRSS;
  return kilobytes * 1024;
}
