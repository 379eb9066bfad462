/** What a benchmark found, to print and to keep. */
export type BenchResult = Measured | { readonly skipped: string };

interface Measured {
  readonly title: string;
  /** Rows of cells, headings first. */
  readonly table: readonly (readonly string[])[];
  readonly figures: Readonly<Record<string, number>>;
  readonly goals: readonly Goal[];
}

/** A ratio of two times of one run, and what it must not exceed. */
export interface Goal {
  readonly name: string;
  readonly ratio: number;
  readonly atMost: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export function inSeconds(seconds: number): string {
  return `${seconds.toFixed(2)} s`;
}

export function inMilliseconds(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`;
}

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
  const goals = result.goals.map(({ name, ratio, atMost }) => {
    const verdict = ratio <= atMost ? "as wanted" : "too much";
    return `${name}: ${ratio.toFixed(3)}, at most ${atMost} wanted: ${verdict}`;
  });
  return [result.title, "", ...rows, ...(goals.length > 0 ? ["", ...goals] : []), ""].join("\n");
}
