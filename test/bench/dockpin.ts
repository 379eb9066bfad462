import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CLI, USAGE_REPORTER } from "./places.ts";
import { run, timed } from "./programs.ts";
import type { UsageReport } from "./usage-report.ts";

export interface Run extends UsageReport {
  readonly seconds: number;
  readonly output: string;
}

/** Runs the command line as a user starts it, with empty caches and no account. */
export async function runDockpin(folder: string, ...args: readonly string[]): Promise<Run> {
  const home = await mkdtemp(join(folder, "home-"));
  const report = join(home, "usage.json");
  try {
    const variables = { ...freshHome(home), DOCKPIN_USAGE_REPORT: report };
    const { seconds, value } = await timed(() =>
      run(process.execPath, ["--require", USAGE_REPORTER, CLI, ...args], { variables, folder }),
    );
    const usage: UsageReport = JSON.parse(await readFile(report, "utf8"));
    return { ...usage, seconds, output: value };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The environment of a user who has nothing yet. */
export function freshHome(home: string): Readonly<Record<string, string>> {
  return {
    HOME: home,
    USERPROFILE: home,
    LOCALAPPDATA: home,
    XDG_CACHE_HOME: join(home, "cache"),
    XDG_RUNTIME_DIR: home,
    REGISTRY_AUTH_FILE: join(home, "auth.json"),
    TMPDIR: home,
    TEMP: home,
    TMP: home,
  };
}
