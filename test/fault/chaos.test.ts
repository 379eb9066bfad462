import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import type { ChaosReport } from "./chaos/report.ts";
import { secretsIn } from "./secrets.ts";
import { recordPrinted, recordUsed } from "./transcript.ts";

const COUNT = 300;

/** Set DOCKPIN_CHAOS_SEED to play a run again, as far as networks let one. */
const seed = Number(process.env["DOCKPIN_CHAOS_SEED"] ?? randomInt(1, 2 ** 31));

test(`${COUNT} prefetches over connections that fail at random, seed ${seed}`, { timeout: 180_000 }, async () => {
  console.log(`DOCKPIN_CHAOS_SEED=${seed}`);
  const { exitCode, lines } = await playChaos();
  recordPrinted("chaos", lines);
  const report = JSON.parse(lines.at(-1) ?? "") as ChaosReport;
  recordUsed(report.secretsReceived);

  expect(report.wrong).toEqual([]);
  expect(report.leftFiles).toEqual([]);
  expect(report.leftHandles).toEqual([]);
  // It ended by itself: nothing kept the process alive.
  expect(exitCode).toBe(0);
  expect(lines.filter((line) => secretsIn(line).length > 0)).toEqual([]);

  const { right = 0, ...failed } = report.outcomes;
  const failures = Object.values(failed).reduce((sum, count) => sum + count, 0);
  console.log(`${right} right, failed: ${JSON.stringify(failed)}; connections: ${JSON.stringify(report.suffered)}`);
  expect(right + failures).toBe(COUNT);
  // There was chaos, and most of it was coped with.
  expect(Object.keys(report.suffered)).toHaveLength(6);
  expect(right).toBeGreaterThan(COUNT / 2);
  expect(report.secretsReceived).toContain("account");
});

async function playChaos(): Promise<{ exitCode: number | null; lines: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "dockpin-chaos-"));
  try {
    const outfile = join(folder, "play.mjs");
    const entry = join(import.meta.dirname, "chaos", "play.ts");
    const packages = {
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    };
    await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", ...packages });
    const child = spawn(process.execPath, [outfile, String(seed), String(COUNT)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    return await outcomeOf(child);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function outcomeOf(child: ChildProcess): Promise<{ exitCode: number | null; lines: string[] }> {
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, lines: text.trimEnd().split("\n") }));
  });
}
