import { printable } from "../base/printable.ts";
import type { AttributeReading, Pin } from "../nix/pin.ts";
import { isDigest, shortDigest } from "../oci/digest.ts";
import { printPlatform } from "../oci/platform.ts";
import { type Assessment, assessPin } from "../pins/assess.ts";
import { PIN_OPTIONS, readArguments } from "./arguments.ts";
import type { ExitCode } from "./exit-code.ts";
import { pinRecord, printJson } from "./json-record.ts";
import { readPinSettings } from "./pin-command.ts";
import { describeCounts, writeFileProblems } from "./pin-report.ts";
import { readSources } from "./source-file.ts";
import { paintWord } from "./style.ts";
import type { CommandContext, OutputStream } from "./terminal.ts";

export const LIST_HELP = `Usage: dockpin list [OPTION…] [PATH…]

Lists every pin with what it says and what is missing. Asks no registry.

  --json              print an array, one object per pin
  -q, --quiet         no summary
  --platform OS/ARCH  for pins that state none; default linux/amd64
`;

/** Lists all pins. Exit code 2 when a file could not be read. */
export async function list(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, PIN_OPTIONS);
  const settings = readPinSettings(values);
  const { files, problems } = await readSources(positionals, context);
  const assessments = files.flatMap(({ pins }) => pins).map((pin) => assessPin(pin, settings.pins));
  const { stdout, stderr } = context;
  if (settings.json) {
    stdout.write(printJson(assessments.map(({ pin, status, problem }) => pinRecord(pin, status, problem))));
  } else {
    writeTable(assessments, stdout);
    if (!settings.quiet) stdout.write(`${describeCounts(assessments.map(({ status }) => status))}\n`);
  }
  writeFileProblems(problems, stderr);
  return problems.length > 0 ? 2 : 0;
}

const HEADINGS = ["PIN", "IMAGE", "TAG", "READ FROM", "PLATFORM", "DIGEST", "HASH", "STATUS"];

function writeTable(assessments: readonly Assessment[], { style, write }: OutputStream): void {
  if (assessments.length === 0) return;
  const rows = assessments.map(cells);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const pad = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  write(`${style.faint(pad(HEADINGS).join("  ").trimEnd())}\n`);
  for (const [index, { status, problem }] of assessments.entries()) {
    const padded = pad(rows[index] ?? []).slice(0, -1);
    write(`${[...padded, paintWord(style, status, 0)].join("  ")}\n`);
    if (problem !== null) write(`  ${style.faint(`${problem.message} [${problem.code}]`)}\n`);
  }
}

function cells({ pin, status, image }: Assessment): string[] {
  return [
    `${pin.file}:${pin.line}`,
    show(pin.imageName),
    printable(pin.followedTag.tag),
    pin.followedTag.from,
    image === null ? statedPlatform(pin) : printPlatform(image.platform),
    showDigest(pin.imageDigest),
    pin.hashEncoding ?? (pin.hash.state === "absent" ? "–" : show(pin.hash)),
    status,
  ];
}

function statedPlatform({ os, arch }: Pin): string {
  return os.state === "absent" && arch.state === "absent" ? "–" : `${show(os)}/${show(arch)}`;
}

function showDigest(reading: AttributeReading): string {
  return reading.state === "known" && isDigest(reading.value) ? shortDigest(reading.value) : show(reading);
}

function show(reading: AttributeReading): string {
  if (reading.state === "absent") return "–";
  if (reading.state === "unknown") return "?";
  return reading.value === "" ? '""' : printable(reading.value, 60);
}
