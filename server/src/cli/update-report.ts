import type { FileProblem } from "../files/file-problem.ts";
import { isDigest, shortDigest } from "../oci/digest.ts";
import type { PinUpdate, UpdateOutcome } from "../pins/update.ts";
import type { FileUpdate } from "./file-update.ts";
import { pinRecord, printHashFor, printJson } from "./json-record.ts";
import { countWords, writePinLine } from "./pin-report.ts";
import type { OutputStream } from "./terminal.ts";

/** The word for what became of a pin, or of what would become of it. */
export function wordOf({ outcome }: PinUpdate, isForeseen: boolean): UpdateOutcome | "would update" {
  return outcome === "updated" && isForeseen ? "would update" : outcome;
}

/** One line per pin of a file. */
export function writeUpdateLines(
  { updates }: FileUpdate,
  stream: OutputStream,
  { isForeseen, quiet }: { readonly isForeseen: boolean; readonly quiet: boolean },
): void {
  for (const update of updates) {
    const { pin, outcome, problem, warnings } = update;
    if (quiet && outcome !== "failed") continue;
    const isTold = outcome === "failed" || (outcome === "skipped" && problem?.code !== "pin-ignored");
    writePinLine(
      {
        pin,
        word: wordOf(update, isForeseen),
        detail: describeChange(update),
        problem: isTold ? problem : null,
        warnings,
      },
      stream,
    );
  }
}

/** One document: pins, files, problems, summary. */
export function updateDocument(
  files: readonly FileUpdate[],
  problems: readonly FileProblem[],
  isForeseen: boolean,
): string {
  const updates = files.flatMap((file) => file.updates);
  const outcomeOf = (update: PinUpdate) => wordOf(update, isForeseen).replace(" ", "-");
  return printJson({
    pins: updates.map((update) => updateRecord(update, outcomeOf(update))),
    files: files.flatMap(({ source, isWritten, diff }) =>
      diff === "" ? [] : [{ file: source.name, written: isWritten, diff }],
    ),
    problems: [...problems, ...files.flatMap(({ writeProblem }) => writeProblem ?? [])],
    summary: countWords(updates.map(outcomeOf)),
  });
}

function updateRecord({ pin, status, problem, change, warnings, hostDependent }: PinUpdate, outcome: string) {
  return {
    ...pinRecord(pin, status, problem),
    code: problem?.code ?? null,
    outcome,
    newImageDigest: change?.imageDigest ?? null,
    newHash: change === null ? null : printHashFor(pin, change.hash),
    hostDependent,
    warnings,
  };
}

function describeChange({ pin, change }: PinUpdate): string | null {
  if (change === null) return null;
  const { imageDigest } = pin;
  const before = imageDigest.state === "known" && isDigest(imageDigest.value) ? shortDigest(imageDigest.value) : null;
  const after = shortDigest(change.imageDigest);
  const digest = before === after ? after : before === null ? after : `${before} → ${after}`;
  return `${digest}  ${printHashFor(pin, change.hash)}`;
}
