import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { findFiles } from "../../server/src/files/file-walking.ts";
import { createSourceFiles, type WorkspaceSourceFiles } from "../../server/src/files/source-files.ts";
import { isProblem, readTextFile, type TextFile } from "../../server/src/files/text-file.ts";
import { isDataFile, readDataFile } from "../../server/src/nix/data-file.ts";
import { withSyntaxTree } from "../../server/src/nix/grammar.ts";
import type { AttributeReading, Pin } from "../../server/src/nix/pin.ts";
import { type NixParser, type NixReading, readNixFile } from "../../server/src/nix/reading.ts";
import type { SyntaxNode } from "../../server/src/nix/syntax.ts";
import { mayHavePins } from "../../server/src/nix/triggers.ts";
import { triggersOfFiles } from "../../server/src/pins/pin-files.ts";
import { argumentForm } from "./argument-form.ts";

/** What was found in a folder. Counts by name are of pins; times are in seconds. */
export interface Survey {
  readonly folder: string;
  readonly files: { nix: number; data: number; parsed: number; withPins: number; unreadable: number };
  readonly parseFailures: string[];
  pins: number;
  readonly byCallee: Record<string, number>;
  readonly byForm: Record<string, number>;
  /** Pins all of whose values are read; of these, those that can be rewritten; and the others. */
  readonly shares: { read: number; editable: number; unknown: number };
  /** Why a value was not read, or can't be rewritten, by what it is of. */
  readonly reasons: { unknown: Record<string, number>; blocked: Record<string, number> };
  readonly seconds: { whole: number; reading: number };
  readonly slowest: { file: string; seconds: number }[];
}

const SLOWEST_SHOWN = 10;

/** Reads a folder file by file. Nothing but counts is kept of a file. Files that can't be read are counted. */
export async function surveyCorpus(
  parser: NixParser,
  folder: string,
  { parseAll }: { readonly parseAll: boolean },
): Promise<Survey> {
  const start = performance.now();
  const survey = emptySurvey(folder);
  const { files, problems } = await findFiles([folder], new AbortController().signal);
  survey.files.unreadable += problems.length;
  const sources = sourcesOf(folder);
  const triggersOf = triggersOfFiles();
  for (const candidate of files) {
    await nextTurn();
    if (isDataFile(candidate.name)) survey.files.data++;
    else survey.files.nix++;
    const file = await readTextFile({ ...candidate, isExplicit: parseAll }, triggersOf(candidate.name));
    if (file === null) continue;
    if (isProblem(file)) survey.files.unreadable++;
    else if (parseAll || isDataFile(file.name) || mayHavePins(file.text)) surveyFile(survey, parser, file, sources);
  }
  survey.seconds.whole = (performance.now() - start) / 1000;
  return survey;
}

function emptySurvey(folder: string): Survey {
  return {
    folder,
    files: { nix: 0, data: 0, parsed: 0, withPins: 0, unreadable: 0 },
    parseFailures: [],
    pins: 0,
    byCallee: {},
    byForm: {},
    shares: { read: 0, editable: 0, unknown: 0 },
    reasons: { unknown: {}, blocked: {} },
    seconds: { whole: 0, reading: 0 },
    slowest: [],
  };
}

function sourcesOf(folder: string): WorkspaceSourceFiles {
  return createSourceFiles({ folders: [resolve(folder)], pathOf: (name) => resolve(name), nameOf: (path) => path });
}

function surveyFile(survey: Survey, parser: NixParser, { name, text }: TextFile, sources: WorkspaceSourceFiles): void {
  const source = { file: resolve(name), text };
  const start = performance.now();
  const { pins, problems }: NixReading = isDataFile(name)
    ? readDataFile(source)
    : readNixFile(parser, source.file, text, { files: sources });
  const seconds = (performance.now() - start) / 1000;
  survey.files.parsed++;
  survey.seconds.reading += seconds;
  addSlow(survey.slowest, { file: name, seconds });
  if (problems.some(isSyntaxError) || pins.some((pin) => pin.problems.some(isSyntaxError)))
    survey.parseFailures.push(name);
  if (pins.length === 0) return;
  survey.files.withPins++;
  const count = (root: SyntaxNode | null) => {
    for (const pin of pins) countPin(survey, pin, pin.file === source.file ? root : null);
  };
  if (isDataFile(name)) count(null);
  else withSyntaxTree(parser, source, count);
}

function isSyntaxError({ code }: { readonly code: string }): boolean {
  return code === "syntax-error";
}

function addSlow(slowest: { file: string; seconds: number }[], entry: { file: string; seconds: number }): void {
  slowest.push(entry);
  slowest.sort((one, other) => other.seconds - one.seconds);
  slowest.length = Math.min(slowest.length, SLOWEST_SHOWN);
}

function countPin(survey: Survey, pin: Pin, root: SyntaxNode | null): void {
  survey.pins++;
  increase(survey.byCallee, pin.callee);
  increase(survey.byForm, argumentForm(pin, root));
  const all = pin.variants.length === 0 ? [pin] : pin.variants;
  const readings = all.flatMap((each) => Object.entries(fixing(each)));
  for (const [name, reading] of readings) {
    if (reading.state === "unknown") increase(survey.reasons.unknown, `${name}: ${general(reading.reason)}`);
    if (isBlocked(name, reading)) increase(survey.reasons.blocked, `${name}: ${general(reading.blocked ?? "")}`);
  }
  if (readings.some(([, { state }]) => state === "unknown")) survey.shares.unknown++;
  else survey.shares.read++;
  const isEditable = readings.every(([name, reading]) => reading.state !== "unknown" && !isBlocked(name, reading));
  if (isEditable) survey.shares.editable++;
}

/** The values that fix an image. */
function fixing({ imageName, imageDigest, hash, finalImageTag }: Pin): Record<string, AttributeReading> {
  return { imageName, imageDigest, hash, finalImageTag };
}

/** Whether an update would have to rewrite a value and can't. */
function isBlocked(name: string, reading: AttributeReading): reading is AttributeReading & { readonly state: "known" } {
  return (name === "imageDigest" || name === "hash") && reading.state === "known" && reading.editable === null;
}

/** A reason without the names of one file. */
function general(reason: string): string {
  return reason.replace(/"[^"]*"/g, '"…"').replace(/(?:\.{0,2}\/)[^\s,;]+/g, "…");
}

function increase(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
