import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { RESULTS } from "./places.ts";
import type { BenchResult } from "./result.ts";

/** A result, and how it came to be. */
export interface KeptResult {
  /** `2026-11-24` */
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  readonly result: BenchResult;
}

/** By the names of parts. */
export type KeptResults = Readonly<Record<string, KeptResult>>;

export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  return `Node ${process.versions.node}, ${availableParallelism()} cores, ${model}`;
}

/** Of this major version of Node. */
export function resultsFile(): string {
  return join(RESULTS, `node-${process.versions.node.split(".")[0]}.json`);
}

export async function readResults(): Promise<KeptResults> {
  try {
    return JSON.parse(await readFile(resultsFile(), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

/** Keeps a part's last result beside those of others. */
export async function keepResult(name: string, rounds: number, result: BenchResult): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const kept: KeptResults = { ...(await readResults()), [name]: { date, machine: describeMachine(), rounds, result } };
  await mkdir(RESULTS, { recursive: true });
  await writeFile(resultsFile(), `${JSON.stringify(kept, null, 2)}\n`);
}
