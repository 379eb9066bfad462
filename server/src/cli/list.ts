import { printable } from "../base/printable.ts";
import type { AttributeReading, FileRange, Pin } from "../nix/pin.ts";
import { isDigest, shortDigest } from "../oci/digest.ts";
import { printPlatform } from "../oci/platform.ts";
import { type Assessment, assessPin, type PinnedImage } from "../pins/assess.ts";
import { PIN_OPTIONS, readArguments } from "./arguments.ts";
import type { ExitCode } from "./exit-code.ts";
import { pinRecord, printJson } from "./json-record.ts";
import { readPinSettings } from "./pin-command.ts";
import { describeCounts, writeFileProblems } from "./pin-report.ts";
import { readSources, type Sources } from "./source-file.ts";
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
  const sources = await readSources(positionals, context);
  const { pins, problems } = sources;
  const assessments = pins.map((pin) => assessPin(pin, settings.pins));
  const { stdout, stderr } = context;
  if (settings.json) {
    stdout.write(printJson(assessments.map(({ pin, status, problem }) => pinRecord(pin, status, problem, sources))));
  } else {
    writeTable(assessments, sources, stdout);
    if (!settings.quiet) stdout.write(`${describeCounts(assessments.map(({ status }) => status))}\n`);
  }
  writeFileProblems(problems, stderr);
  return problems.length > 0 ? 2 : 0;
}

const HEADINGS = ["PIN", "IMAGE", "TAG", "READ FROM", "PLATFORM", "DIGEST", "HASH", "STATUS"];

function writeTable(assessments: readonly Assessment[], sources: Sources, { style, write }: OutputStream): void {
  if (assessments.length === 0) return;
  const rows = assessments.map((one) => ({ cells: cells(one), variants: one.variants.map(variantCells) }));
  const all = rows.flatMap(({ cells, variants }) => [cells, ...variants]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...all.map((row) => (row[column] ?? "").length)),
  );
  const pad = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  write(`${style.faint(pad(HEADINGS).join("  ").trimEnd())}\n`);
  for (const [index, { pin, status, problem }] of assessments.entries()) {
    const { cells = [], variants = [] } = rows[index] ?? {};
    write(`${[...pad(cells).slice(0, -1), paintWord(style, status, 0)].join("  ")}\n`);
    for (const variant of variants) write(`${pad(variant).join("  ").trimEnd()}\n`);
    if (pin.calledAt.length > 0) write(`  ${style.faint(`called at ${pin.calledAt.map(shown).join(", ")}`)}\n`);
    if (problem !== null) write(`  ${style.faint(`${problem.message} [${problem.code}]`)}\n`);
  }

  function shown(call: FileRange): string {
    const { file, line } = sources.placeOf(call);
    return `${file}:${line}`;
  }
}

function cells({ pin, status, image, variants }: Assessment): string[] {
  const values = variants.length === 0 ? valueCells(pin, image) : ["", "", ""];
  return [
    `${pin.file}:${pin.line}`,
    show(pin.imageName),
    printable(pin.followedTag.tag),
    pin.followedTag.from,
    ...values,
    status,
  ];
}

/** What is different on some systems, in the row below. */
function variantCells({ pin, image }: Assessment): string[] {
  return [`  ${pin.systems.join(", ")}`, "", "", "", ...valueCells(pin, image), ""];
}

function valueCells(pin: Pin, image: PinnedImage | null): string[] {
  return [
    image === null ? statedPlatform(pin) : printPlatform(image.platform),
    showDigest(pin.imageDigest),
    pin.hashEncoding ?? (pin.hash.state === "absent" ? "–" : show(pin.hash)),
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
