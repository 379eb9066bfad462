import { join } from "node:path";

// The bundle of the benchmarks lies three folders deep, as those of its sources do that look for `dist/` themselves.
const BUNDLES = import.meta.dirname;
export const ROOT = join(BUNDLES, "..", "..", "..");
export const DIST = join(ROOT, "dist");
export const CLI = join(DIST, "cli.js");
/** Loaded into measured processes by --require. */
export const USAGE_REPORTER = join(BUNDLES, "usage-report.js");
export const EVENT_LOOP_REPORTER = join(BUNDLES, "event-loop-report.js");
/** Results; git ignores the folder. */
export const RESULTS = join(ROOT, "build", "bench");
export const BENCHMARKS = join(ROOT, "BENCHMARKS.md");
