import { readFile } from "node:fs/promises";
import { CodedError, type Problem } from "../base/errors.ts";
import { replaceFile } from "../files/atomic-write.ts";
import type { FileProblem } from "../files/file-problem.ts";
import { isSystemError } from "../files/system-error.ts";
import { type TextFile, withByteOrderMark } from "../files/text-file.ts";
import { filesOfPin } from "../nix/edit.ts";
import type { Pin } from "../nix/pin.ts";
import { rewriteFiles } from "../pins/rewrite.ts";
import type { PinInText, PinUpdate } from "../pins/update.ts";
import type { Sources } from "./source-file.ts";
import type { CommandContext } from "./terminal.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** Files that pins have in common, and so are written together. */
export interface FileGroup {
  readonly files: readonly TextFile[];
  /** All that stand in these files, in their order. */
  readonly pins: readonly Pin[];
}

/** A file that an update changes. */
export interface ChangedFile {
  readonly source: TextFile;
  /** With byte order mark. */
  readonly newText: string;
  readonly diff: string;
}

/** What an update makes of files that belong together. */
export interface FileUpdate {
  readonly group: FileGroup;
  /** Of all their pins, in the order of those. */
  readonly updates: readonly PinUpdate[];
  /** Empty when nothing changes. */
  readonly changed: readonly ChangedFile[];
  readonly isWritten: boolean;
  readonly writeProblem: FileProblem | null;
}

interface FileItem extends PinInText {
  readonly group: FileGroup;
}

/** Gathers what becomes of pins until all of a group are known, so that each file is rewritten once. */
export interface FileUpdates {
  readonly groups: readonly FileGroup[];
  readonly items: readonly FileItem[];
  /** The group's update when this was the last of its pins; else null. */
  settle(item: FileItem, update: PinUpdate): FileUpdate | null;
}

export function createFileUpdates(sources: Sources): FileUpdates {
  const settled = new Map<Pin, PinUpdate>();
  const textOf = (file: string) => sources.fileOf(file)?.text ?? null;
  const groups = groupFiles(sources);
  return {
    groups,
    items: groups.flatMap((group) => group.pins.map((pin) => ({ pin, textOf, group }))),
    settle({ pin, group }, update) {
      settled.set(pin, update);
      const updates = group.pins.flatMap((one) => settled.get(one) ?? []);
      return updates.length === group.pins.length ? planUpdate(group, updates) : null;
    },
  };
}

/** Files are in one group when a pin touches both. In the order of the pins. */
function groupFiles({ pins, fileOf }: Sources): FileGroup[] {
  const leaders = new Map<string, string>();
  const leaderOf = (file: string): string => {
    let leader = file;
    for (let next = leaders.get(leader); next !== undefined; next = leaders.get(leader)) leader = next;
    if (leader !== file) leaders.set(file, leader);
    return leader;
  };
  const files = new Set<string>();
  for (const pin of pins) {
    for (const file of filesOfPin(pin)) {
      files.add(file);
      const [one, other] = [leaderOf(pin.file), leaderOf(file)];
      if (one !== other) leaders.set(other, one);
    }
  }
  const groups = new Map<string, { files: TextFile[]; pins: Pin[] }>();
  const groupOf = (file: string) => {
    const leader = leaderOf(file);
    const group = groups.get(leader) ?? { files: [], pins: [] };
    groups.set(leader, group);
    return group;
  };
  for (const pin of pins) groupOf(pin.file).pins.push(pin);
  for (const file of files) {
    const source = fileOf(file);
    if (source !== null) groupOf(file).files.push(source);
  }
  return [...groups.values()];
}

function planUpdate(group: FileGroup, settled: readonly PinUpdate[]): FileUpdate {
  const byName = new Map(group.files.map((file) => [file.name, file]));
  const { texts, updates } = rewriteFiles((name) => byName.get(name)?.text ?? null, settled);
  const changed = group.files.flatMap((source): ChangedFile[] => {
    const text = texts.get(source.name);
    if (text === undefined) return [];
    const newText = withByteOrderMark(source, text);
    const diff = unifiedDiff(source.name, withByteOrderMark(source, source.text), newText);
    return diff === "" ? [] : [{ source, newText, diff }];
  });
  return { group, updates, changed, isWritten: false, writeProblem: null };
}

/** Writes the files in which something changes, all of them or none. Where that is refused, their pins have failed. */
export async function writeUpdate(update: FileUpdate, context: CommandContext): Promise<FileUpdate> {
  if (update.changed.length === 0) return update;
  context.signal.throwIfAborted();
  const written: ChangedFile[] = [];
  let current: ChangedFile | undefined;
  try {
    for (current of update.changed) await requireUnchanged(current);
    for (current of update.changed) {
      await replaceFile(
        current.source.path,
        current.source.bytes,
        Buffer.from(current.newText, "utf8"),
        context.temporaryPaths,
      );
      written.push(current);
    }
    return { ...update, isWritten: true };
  } catch (error) {
    if (!(error instanceof CodedError) || current === undefined) throw error;
    await restore(written, context);
    return refused(update, error, current.source.name);
  }
}

/** Before the first of several files is written. */
async function requireUnchanged({ source }: ChangedFile): Promise<void> {
  let bytes: Buffer | null = null;
  try {
    bytes = await readFile(source.path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
  if (bytes?.equals(source.bytes)) return;
  throw new CodedError("file-changed", `${source.path} changed while it was being updated; run the update again.`);
}

async function restore(files: readonly ChangedFile[], { temporaryPaths }: CommandContext): Promise<void> {
  for (const { source, newText } of files) {
    await replaceFile(source.path, Buffer.from(newText, "utf8"), source.bytes, temporaryPaths);
  }
}

function refused(update: FileUpdate, problem: Problem, file: string): FileUpdate {
  const { code, message } = problem;
  const updates = update.updates.map(
    (one): PinUpdate => (one.outcome === "updated" ? { ...one, outcome: "failed", problem } : one),
  );
  return { ...update, updates, writeProblem: { file, code, message } };
}
