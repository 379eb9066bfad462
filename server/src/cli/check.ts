import type { Pin } from "../nix/pin.ts";
import { checkPins, isUnjudged, type PinCheck } from "../pins/check.ts";
import { PIN_OPTIONS, readArguments } from "./arguments.ts";
import { type ExitCode, worstExitCode } from "./exit-code.ts";
import { createInOrder } from "./in-order.ts";
import { pinRecord, printJson } from "./json-record.ts";
import { type PinCommandSettings, readPinSettings, withPinRun } from "./pin-command.ts";
import { countWords, describeCounts, writeFileProblems, writePinLine } from "./pin-report.ts";
import { readSources, type Sources } from "./source-file.ts";
import type { CommandContext, OutputStream } from "./terminal.ts";

export const CHECK_HELP = `Usage: dockpin check [OPTION…] [PATH…]

Asks the registries whether each pinned digest is still what its followed tag points to. Changes nothing.
Exit code 1 when a pin is stale, incomplete or gone, 2 when one could not be checked.

`;

/** Checks all pins against their tags. */
export async function check(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, PIN_OPTIONS);
  const settings = readPinSettings(values);
  const sources = await readSources(positionals, context);
  const { pins, problems } = sources;
  const { stdout, stderr } = context;
  const checks = await withPinRun(settings, pins, context, (run, progress) => {
    const telling = createInOrder<Pin, PinCheck>(pins, (one) => {
      if (settings.json) return;
      progress.clear();
      writeCheck(one, settings, stdout);
    });
    // What is known is told even when the end comes before its turn.
    context.signal.addEventListener("abort", telling.flush, { once: true });
    return checkPins(pins, run, async (one) => telling.settle(one.pin, one));
  });
  const words = checks.map(({ status }) => status);
  if (settings.json) {
    stdout.write(
      printJson({ pins: checks.map((one) => checkRecord(one, sources)), problems, summary: countWords(words) }),
    );
  } else if (!settings.quiet) stdout.write(`${describeCounts(words)}\n`);
  writeFileProblems(problems, stderr);
  return worstExitCode([...checks.map(exitCodeOf), problems.length > 0 ? 2 : 0]);
}

function writeCheck({ pin, status, problem }: PinCheck, { quiet }: PinCommandSettings, stdout: OutputStream): void {
  const isIgnored = status === "ignored";
  if (quiet && (isIgnored || status === "fresh")) return;
  writePinLine({ pin, word: status, detail: null, problem: isIgnored ? null : problem, warnings: [] }, stdout);
}

function exitCodeOf(one: PinCheck): 0 | 1 | 2 {
  if (isUnjudged(one)) return 2;
  return one.status === "fresh" || one.status === "ignored" || one.status === "unknown" ? 0 : 1;
}

function checkRecord({ pin, status, problem, newDigest }: PinCheck, sources: Sources) {
  return { ...pinRecord(pin, status, problem, sources), code: problem?.code ?? null, newImageDigest: newDigest };
}
