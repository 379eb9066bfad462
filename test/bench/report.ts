import { readFile, writeFile } from "node:fs/promises";
import { BENCHMARKS } from "./places.ts";
import { isMet, type Measured, printFigure } from "./result.ts";
import type { KeptResult, KeptResults } from "./results-file.ts";

const BEGIN = "<!-- Written by `npm run bench -- --write`; what stands outside of these marks is written by hand. -->";
const END = "<!-- End of what is written by the bench. -->";

/** Puts the results between the marks in BENCHMARKS.md. */
export async function writeBenchmarks(results: KeptResults, names: readonly string[]): Promise<void> {
  const text = await readFile(BENCHMARKS, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${BENCHMARKS} has lost its marks`);
  const kept = names.flatMap((name) => (results[name] === undefined ? [] : [{ name, ...results[name] }]));
  const written = [BEGIN, "", ...verdicts(kept), ...kept.flatMap(section), END].join("\n");
  await writeFile(BENCHMARKS, text.slice(0, begin) + written + text.slice(end + END.length));
}

type Named = KeptResult & { readonly name: string };

function verdicts(kept: readonly Named[]): string[] {
  const rows = kept.flatMap(({ name, result }) =>
    "skipped" in result
      ? []
      : result.goals.map((goal) => [
          `${name}: ${goal.name}`,
          printFigure(goal),
          String(goal.atMost),
          isMet(goal) ? "met" : "**missed**",
        ]),
  );
  const met = rows.filter(([, , , verdict]) => verdict === "met").length;
  return [
    `## Goals: ${met} of ${rows.length} met`,
    "",
    ...markdownTable([["goal", "figure", "at most", ""], ...rows]),
    "",
  ];
}

function section({ name, date, machine, rounds, result }: Named): string[] {
  const how = `\`npm run bench -- ${name}\`, ${date}: ${machine}, ${rounds} rounds.`;
  if ("skipped" in result) return [`## ${name}`, "", how, "", `Left out: ${result.skipped}.`, ""];
  return [`## ${result.title}`, "", how, "", ...markdownTable(result.table), "", ...notesOf(result)];
}

function notesOf({ notes = [] }: Measured): string[] {
  return notes.length === 0 ? [] : [...notes.map((note) => `- ${note}`), ""];
}

function markdownTable([headings = [], ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(headings), line(headings.map((_, column) => (column === 0 ? "---" : "---:"))), ...rows.map(line)];
}
