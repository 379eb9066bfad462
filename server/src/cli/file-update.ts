import { CodedError } from "../base/errors.ts";
import { replaceFile } from "../files/atomic-write.ts";
import type { FileProblem } from "../files/file-problem.ts";
import { withByteOrderMark } from "../files/text-file.ts";
import type { Pin } from "../nix/pin.ts";
import { rewriteText } from "../pins/rewrite.ts";
import type { PinInText, PinUpdate } from "../pins/update.ts";
import type { SourceFile } from "./source-file.ts";
import type { CommandContext } from "./terminal.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** What an update makes of one file. */
export interface FileUpdate {
  readonly source: SourceFile;
  /** Of all its pins, in the order of the text. */
  readonly updates: readonly PinUpdate[];
  /** With byte order mark. */
  readonly newText: string;
  /** Empty when nothing changes. */
  readonly diff: string;
  readonly isWritten: boolean;
  readonly writeProblem: FileProblem | null;
}

interface FileItem extends PinInText {
  readonly source: SourceFile;
}

/** Gathers what becomes of pins until all of a file are known, so that the file is rewritten once. */
export interface FileUpdates {
  readonly items: readonly FileItem[];
  /** The file's update when this was the last of its pins; else null. */
  settle(item: FileItem, update: PinUpdate): FileUpdate | null;
}

export function createFileUpdates(sources: readonly SourceFile[]): FileUpdates {
  const settled = new Map<Pin, PinUpdate>();
  return {
    items: sources.flatMap((source) => source.pins.map((pin) => ({ pin, textOf: () => source.text, source }))),
    settle({ pin, source }, update) {
      settled.set(pin, update);
      const updates = source.pins.flatMap((one) => settled.get(one) ?? []);
      return updates.length === source.pins.length ? planUpdate(source, updates) : null;
    },
  };
}

function planUpdate(source: SourceFile, settled: readonly PinUpdate[]): FileUpdate {
  const { text, updates } = rewriteText(source.text, settled);
  const newText = withByteOrderMark(source, text);
  const diff = unifiedDiff(source.name, withByteOrderMark(source, source.text), newText);
  return { source, updates, newText, diff, isWritten: false, writeProblem: null };
}

/** Writes the file if anything changes in it. Where that is refused, its pins have failed. */
export async function writeUpdate(update: FileUpdate, { temporaryPaths, signal }: CommandContext): Promise<FileUpdate> {
  const { source, newText, diff } = update;
  if (diff === "") return update;
  signal.throwIfAborted();
  try {
    await replaceFile(source.path, source.bytes, Buffer.from(newText, "utf8"), temporaryPaths);
    return { ...update, isWritten: true };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const { code, message } = error;
    const updates = update.updates.map(
      (one): PinUpdate => (one.outcome === "updated" ? { ...one, outcome: "failed", problem: error } : one),
    );
    return { ...update, updates, writeProblem: { file: source.name, code, message } };
  }
}
