import { isAbort } from "../base/errors.ts";
import { count } from "../base/quantities.ts";
import { updatePins } from "../pins/update.ts";
import { PIN_OPTIONS, readArguments, usage } from "./arguments.ts";
import { type ExitCode, worstExitCode } from "./exit-code.ts";
import { createFileUpdates, type FileGroup, type FileUpdate, writeUpdate } from "./file-update.ts";
import { createInOrder } from "./in-order.ts";
import { type PinCommandSettings, readPinSettings, withPinRun } from "./pin-command.ts";
import { describeCounts, writeFileProblems } from "./pin-report.ts";
import { askYesNo, canAsk } from "./question.ts";
import { readSources, type Sources } from "./source-file.ts";
import type { CommandContext } from "./terminal.ts";
import { paintDiff } from "./unified-diff.ts";
import { updateDocument, wordOf, writeUpdateLines } from "./update-report.ts";

export const UPDATE_HELP = `Usage: dockpin update [OPTION…] [PATH…]

Gives every pin the digest that its followed tag points to now, and the hash of that image, in place.
Exit code 2 when a pin could not be updated; with --dry-run 1 when something would change.

  --dry-run           print a unified diff instead of writing
  --interactive       show the diff and ask before writing
  --yes               with --interactive: write without asking
`;

const UPDATE_OPTIONS = {
  ...PIN_OPTIONS,
  "dry-run": { type: "boolean" },
  interactive: { type: "boolean" },
  yes: { type: "boolean", short: "y" },
} as const;

type Mode = "write" | "dry-run" | "interactive";

/** Updates all pins, file by file: a file is written as soon as all pins that have to do with it are settled. */
export async function update(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, UPDATE_OPTIONS);
  // Who updates wants what is there now.
  const settings = readPinSettings(values, 0);
  const mode = readMode(values);
  const sources = await readSources(positionals, context);
  const updates = await updateSources(sources, settings, mode, context);

  if (settings.json) context.stdout.write(updateDocument(updates, sources, mode !== "write"));
  else if (mode !== "write") {
    for (const { diff } of updates.flatMap(({ changed }) => changed)) {
      context.stdout.write(paintDiff(diff, context.stdout.style));
    }
  }
  const final = mode === "interactive" ? await writeIfWanted(updates, values.yes ?? false, context) : updates;
  if (!settings.quiet && !settings.json) summarise(final, mode, context);
  writeFileProblems(sources.problems, context.stderr);
  return worstExitCode([...final.map(exitCodeOf), sources.problems.length > 0 ? 2 : 0]);
}

function readMode(values: { "dry-run"?: boolean; interactive?: boolean; json?: boolean }): Mode {
  if (values.interactive && values["dry-run"]) throw usage("--dry-run and --interactive exclude each other");
  if (values.interactive && values.json) throw usage("--interactive and --json exclude each other");
  if (values.interactive) return "interactive";
  return values["dry-run"] ? "dry-run" : "write";
}

/** What becomes of each file, in the order of the files; told in that order as it happens, and written in that mode. */
async function updateSources(
  sources: Sources,
  settings: PinCommandSettings,
  mode: Mode,
  context: CommandContext,
): Promise<FileUpdate[]> {
  const done: FileUpdate[] = [];
  const isForeseen = mode !== "write";
  const stream = isForeseen ? context.stderr : context.stdout;
  const { groups, items, settle } = createFileUpdates(sources);
  const pins = items.map(({ pin }) => pin);
  try {
    await withPinRun(settings, pins, context, async (run, progress) => {
      const telling = createInOrder<FileGroup, FileUpdate>(groups, (update) => {
        done.push(update);
        if (settings.json) return;
        progress.clear();
        writeUpdateLines(update, stream, { isForeseen, quiet: settings.quiet });
      });
      // What is written stays, and must be told even when the end comes before its turn.
      context.signal.addEventListener("abort", telling.flush, { once: true });
      await updatePins(items, run, async (item, result) => {
        const planned = settle(item, result);
        if (planned === null) return;
        telling.settle(item.group, isForeseen ? planned : await writeUpdate(planned, context));
      });
    });
  } catch (error) {
    if (settings.json && isAbort(error, context.signal)) {
      context.stdout.write(updateDocument(done, sources, isForeseen));
    }
    throw error;
  }
  return done;
}

/** Writes the files if the user agrees; else leaves them as they are. */
async function writeIfWanted(
  updates: readonly FileUpdate[],
  yes: boolean,
  context: CommandContext,
): Promise<FileUpdate[]> {
  const changed = updates.flatMap((update) => update.changed);
  if (changed.length === 0) return [...updates];
  if (!yes && !canAsk(context)) {
    context.stderr.write("dockpin: Nothing was written: there is no terminal to ask on; add --yes to write.\n");
    return [...updates];
  }
  if (!yes && !(await askYesNo(`Write these changes to ${count(changed.length, "file")}?`, context))) {
    context.stderr.write("Nothing was written.\n");
    return [...updates];
  }
  const written: FileUpdate[] = [];
  for (const update of updates) {
    const result = await writeUpdate(update, context);
    if (result !== update && result.writeProblem !== null) writeFileProblems([result.writeProblem], context.stderr);
    written.push(result);
  }
  return written;
}

function summarise(all: readonly FileUpdate[], mode: Mode, context: CommandContext): void {
  // Stdout is the diff's where one is shown.
  const stream = mode === "write" ? context.stdout : context.stderr;
  const updates = all.flatMap((one) => one.updates);
  const written = all.flatMap(({ isWritten, changed }) => (isWritten ? changed : [])).length;
  const counts = describeCounts(updates.map((one) => wordOf(one, mode !== "write" && written === 0)));
  stream.write(`${counts}${written > 0 ? ` ${count(written, "file")} written.` : ""}\n`);
  const hostDependent = updates.filter((one) => one.hostDependent && one.outcome === "updated").length;
  if (hostDependent === 0) return;
  stream.write(
    `Note: ${count(hostDependent, "pin")} with the digest of a multi-platform index and no arch: the hash is right on one platform only. Add arch to make it so everywhere.\n`,
  );
}

function exitCodeOf({ updates, changed, isWritten }: FileUpdate): 0 | 1 | 2 {
  if (updates.some(({ outcome }) => outcome === "failed")) return 2;
  return changed.length > 0 && !isWritten ? 1 : 0;
}
