import type { Pin } from "../nix/pin.ts";
import type { Digest } from "../oci/digest.ts";
import { type PinVerification, verifyPins } from "../pins/verify.ts";
import { PIN_OPTIONS, readArguments } from "./arguments.ts";
import { type ExitCode, worstExitCode } from "./exit-code.ts";
import { pinRecord, printHashFor, printJson } from "./json-record.ts";
import { readPinSettings, withPinRun } from "./pin-command.ts";
import { countWords, describeCounts, writeFileProblems, writePinLine } from "./pin-report.ts";
import { readSources, type Sources } from "./source-file.ts";
import type { CommandContext } from "./terminal.ts";

export const VERIFY_HELP = `Usage: dockpin verify [OPTION…] [PATH…]

Downloads each pinned image, computes its hash and compares it with the one in the file. Changes nothing.
Exit code 1 when a hash is wrong or missing or a digest is gone, 2 when a pin could not be verified.

`;

/** Verifies the hashes of all pins. */
export async function verify(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, PIN_OPTIONS);
  const settings = readPinSettings(values);
  const sources = await readSources(positionals, context);
  const { pins, problems } = sources;
  const verifications = await withPinRun(settings, pins, context, (run) => verifyPins(pins, run));
  const words = verifications.map(({ status }) => status);
  const { stdout, stderr } = context;
  if (settings.json) {
    stdout.write(
      printJson({
        pins: verifications.map((one) => verificationRecord(one, sources)),
        problems,
        summary: countWords(words),
      }),
    );
  } else {
    for (const { pin, status, problem, computedHash, warnings } of verifications) {
      if (settings.quiet && (status === "verified" || status === "ignored")) continue;
      const detail = status === "wrongHash" && computedHash !== null ? describeHash(pin, computedHash) : null;
      writePinLine({ pin, word: status, detail, problem: status === "ignored" ? null : problem, warnings }, stdout);
    }
    if (!settings.quiet) stdout.write(`${describeCounts(words)}\n`);
  }
  writeFileProblems(problems, stderr);
  return worstExitCode([...verifications.map(exitCodeOf), problems.length > 0 ? 2 : 0]);
}

function exitCodeOf({ status }: PinVerification): 0 | 1 | 2 {
  if (status === "verified" || status === "ignored") return 0;
  return status === "unknown" || status === "computed" ? 2 : 1;
}

/** Of a pin with values by system, only the hash that the system which the reason names should have. */
function describeHash(pin: Pin, computedHash: Digest): string {
  const right = printHashFor(pin, computedHash);
  return pin.variants.length > 0 || pin.hash.state !== "known" ? right : `${pin.hash.value} → ${right}`;
}

function verificationRecord({ pin, status, problem, computedHash, warnings }: PinVerification, sources: Sources) {
  return {
    ...pinRecord(pin, status, problem, sources),
    code: problem?.code ?? null,
    computedHash: computedHash === null ? null : printHashFor(pin, computedHash),
    warnings,
  };
}
