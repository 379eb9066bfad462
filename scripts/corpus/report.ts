import { printable } from "../../server/src/base/printable.ts";
import type { Survey } from "./survey.ts";

const FAILURES_SHOWN = 20;

/** A survey as text to read. */
export function printSurvey(survey: Survey): string {
  const { files, shares, reasons, seconds } = survey;
  const failures = survey.parseFailures.slice(0, FAILURES_SHOWN).map((file) => `  ${printable(file)}`);
  const more = survey.parseFailures.length - failures.length;
  const sections = [
    [`${printable(survey.folder)}: ${survey.pins} pins in ${files.withPins} files`],
    [
      `Files       ${files.nix} Nix, ${files.data} JSON or TOML; ${files.parsed} parsed; ${files.unreadable} could not be read`,
      `Time        ${seconds.whole.toFixed(2)} s, of which reading of Nix code ${seconds.reading.toFixed(2)} s`,
    ],
    [
      `Read        ${share(shares.read, survey.pins)}`,
      `Editable    ${share(shares.editable, survey.pins)}`,
      `Unknown     ${share(shares.unknown, survey.pins)}`,
    ],
    ["By callee", ...counts(survey.byCallee)],
    ["By argument", ...counts(survey.byForm)],
    ["Why a value is unknown", ...counts(reasons.unknown)],
    ["Why a value cannot be rewritten", ...counts(reasons.blocked)],
    [
      `Syntax errors: ${survey.parseFailures.length} files`,
      ...failures,
      ...(more > 0 ? [`  … and ${more} more (--json lists all)`] : []),
    ],
    ["Slowest", ...survey.slowest.map(({ file, seconds: taken }) => `  ${taken.toFixed(3)} s  ${printable(file)}`)],
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function share(part: number, whole: number): string {
  const percent = whole === 0 ? "" : `  ${((100 * part) / whole).toFixed(1)} %`;
  return `${String(part).padStart(6)}${percent}`;
}

function counts(byName: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(byName).toSorted((one, other) => other[1] - one[1]);
  if (entries.length === 0) return ["  none"];
  return entries.map(([name, count]) => `${String(count).padStart(8)}  ${printable(name)}`);
}
