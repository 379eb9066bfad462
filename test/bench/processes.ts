import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { sum } from "./result.ts";

// What the system tells of programs that run. Only Linux has such files: what needs them is left out elsewhere.
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process and its threads have taken; null where nobody tells. */
export function processorSeconds(processId: number): number | null {
  const stat = read(`/proc/${processId}/stat`);
  if (stat === null) return null;
  // The name in parentheses may have spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Seconds of processor time that all programs have taken on all cores, since the machine started. */
export function busySeconds(): number {
  return sum(cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq)) / 1000;
}

export interface Memory {
  /** Bytes in memory now, and at most since `forgetPeak`. */
  readonly resident: number;
  readonly peak: number;
}

export function memoryOf(processId: number): Memory | null {
  const status = read(`/proc/${processId}/status`);
  if (status === null) return null;
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status)?.[1]);
  return { resident: kilobytes("VmRSS") * 1024, peak: kilobytes("VmHWM") * 1024 };
}

export function forgetPeak(processId: number): void {
  writeFileSync(`/proc/${processId}/clear_refs`, "5");
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
