/** What a benchmark found, to print and to keep. */
export type BenchResult = Measured | Skipped;

export interface Skipped {
  readonly skipped: string;
}

export interface Measured {
  readonly title: string;
  /** Rows of cells, headings first. */
  readonly table: readonly (readonly string[])[];
  /** What must be known to understand the table, as sentences. */
  readonly notes?: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
  readonly goals: readonly Goal[];
}

/** A figure of one run, and what it must not exceed. */
export interface Goal {
  readonly name: string;
  readonly figure: number;
  readonly atMost: number;
  /** `MB`, `ms`; empty for ratios and counts. */
  readonly unit?: string;
}

export function isMet({ figure, atMost }: Goal): boolean {
  return figure <= atMost;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function inSeconds(seconds: number): string {
  return `${seconds.toFixed(2)} s`;
}

export function inMilliseconds(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`;
}

export function inMegabytes(bytes: number): string {
  const megabytes = bytes / 1e6;
  return `${megabytes.toFixed(megabytes < 100 ? 1 : 0)} MB`;
}

/** As text for a terminal. */
export function printResult(result: BenchResult): string {
  if ("skipped" in result) return `Left out: ${result.skipped}.\n`;
  const widths = (result.table[0] ?? []).map((_, column) =>
    Math.max(...result.table.map((row) => row[column]?.length ?? 0)),
  );
  const rows = result.table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("   "),
  );
  const goals = result.goals.map(
    (goal) => `${isMet(goal) ? "ok  " : "MISS"}  ${goal.name}: ${printFigure(goal)}, at most ${goal.atMost} wanted`,
  );
  return [
    result.title,
    "",
    ...rows,
    ...(goals.length > 0 ? ["", ...goals] : []),
    ...(result.notes ?? []).flatMap((note) => ["", note]),
    "",
  ].join("\n");
}

export function printFigure({ figure, unit = "" }: Goal): string {
  const digits = Number.isInteger(figure) ? 0 : Math.abs(figure) < 10 ? 3 : 1;
  return `${figure.toFixed(digits)}${unit === "" ? "" : ` ${unit}`}`;
}
