import type { PinChange } from "../nix/edit.ts";
import type { Pin } from "../nix/pin.ts";
import { isDigest, shortDigest } from "../oci/digest.ts";
import type { PinUpdate, UpdateOutcome } from "../pins/update.ts";
import type { FileUpdate } from "./file-update.ts";
import { pinRecord, printHashFor, printJson } from "./json-record.ts";
import { countWords, writePinLine } from "./pin-report.ts";
import type { Sources } from "./source-file.ts";
import type { OutputStream } from "./terminal.ts";

/** The word for what became of a pin, or of what would become of it. */
export function wordOf({ outcome }: PinUpdate, isForeseen: boolean): UpdateOutcome | "would update" {
  return outcome === "updated" && isForeseen ? "would update" : outcome;
}

/** One line per pin. */
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
export function updateDocument(all: readonly FileUpdate[], sources: Sources, isForeseen: boolean): string {
  const updates = all.flatMap((one) => one.updates);
  const outcomeOf = (update: PinUpdate) => wordOf(update, isForeseen).replace(" ", "-");
  return printJson({
    pins: updates.map((update) => updateRecord(update, outcomeOf(update), sources)),
    files: all.flatMap(({ changed, isWritten }) =>
      changed.map(({ source, diff }) => ({ file: source.name, written: isWritten, diff })),
    ),
    problems: [...sources.problems, ...all.flatMap(({ writeProblem }) => writeProblem ?? [])],
    summary: countWords(updates.map(outcomeOf)),
  });
}

function updateRecord(update: PinUpdate, outcome: string, sources: Sources) {
  const { pin, status, problem, change, warnings, hostDependent } = update;
  const { variants, ...record } = pinRecord(pin, status, problem, sources);
  return {
    ...record,
    variants: variants.map((variant, index) => ({
      ...variant,
      newImageDigest: change?.variants?.[index]?.imageDigest ?? null,
      newHash: newHashOf(pin.variants[index], change?.variants?.[index]),
    })),
    code: problem?.code ?? null,
    outcome,
    newImageDigest: change?.imageDigest ?? null,
    newHash: newHashOf(pin, change),
    hostDependent,
    warnings,
  };
}

/** As the pin writes it; null where a manifest file takes its place. */
function newHashOf(pin: Pin | undefined, change: PinChange | null | undefined): string | null {
  if (pin === undefined || change == null || change.manifest !== undefined) return null;
  return printHashFor(pin, change.hash);
}

/** The digest, or both, and the hash; for a pin with values by system those of each. */
function describeChange({ pin, change }: PinUpdate): string | null {
  if (change === null) return null;
  const variants = (change.variants ?? []).map((one, index) => ({ variant: pin.variants[index] ?? pin, change: one }));
  if (variants.length === 0) return describeValues(pin, change);
  return variants
    .map(({ variant, change }) => `${variant.systems.join(", ")}: ${describeValues(variant, change)}`)
    .join("; ");
}

function describeValues(pin: Pin, change: PinChange): string {
  const { imageDigest } = pin;
  const before = imageDigest.state === "known" && isDigest(imageDigest.value) ? shortDigest(imageDigest.value) : null;
  const after = shortDigest(change.imageDigest);
  const digest = before === after ? after : before === null ? after : `${before} → ${after}`;
  const hash = newHashOf(pin, change);
  return hash === null ? digest : `${digest}  ${hash}`;
}
