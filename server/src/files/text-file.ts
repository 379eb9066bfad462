import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { FileProblem } from "./file-problem.ts";
import { type CandidateFile, findFiles } from "./file-walking.ts";
import { isSystemError } from "./system-error.ts";
import { createWordSearch, hasWord } from "./word-search.ts";

/** A file's text as it was read. */
export interface TextFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Without the byte order mark. */
  readonly text: string;
  readonly hasByteOrderMark: boolean;
}

/** The words without which a file of this name, unless the user named it, holds nothing of interest. */
export type TriggersOf = (file: string) => readonly string[];

const SIZE_LIMIT = 10 * 1024 * 1024;
const BYTE_ORDER_MARK = "\ufeff";
/** Bytes of a file that are read to see whether it is of interest; most files are smaller. */
const WINDOW = 1024 * 1024;

/**
 * The texts of all files that the paths stand for, in the order of the paths and of their names: those that the user
 * named, and of folders those with a trigger.
 * Problems: `path-not-found`, `file-unreadable`, `file-too-large` (over 10 MB), `file-not-utf8`.
 */
export async function readTextFiles(
  paths: readonly string[],
  triggersOf: TriggersOf,
  signal: AbortSignal,
): Promise<{ files: TextFile[]; problems: FileProblem[] }> {
  const search = createWordSearch(WINDOW);
  const isOfInterest = (path: string) => search(path, triggersOf(path));
  const { files: candidates, problems } = await findFiles(paths, signal, isOfInterest);
  const files: TextFile[] = [];
  for (const candidate of candidates) {
    signal.throwIfAborted();
    const content = await readTextFile(candidate, triggersOf(candidate.path));
    if (content === null) continue;
    if (isProblem(content)) problems.push(content);
    else files.push(content);
  }
  return { files, problems };
}

/** A file's text; null when it has no trigger and the user did not name it. */
export async function readTextFile(
  { name, path, isExplicit }: CandidateFile,
  triggers: readonly string[],
): Promise<TextFile | FileProblem | null> {
  try {
    const status = await stat(path);
    if (!status.isFile()) {
      return { file: name, code: "file-unreadable", message: "It is not a regular file; name a Nix file or a folder." };
    }
    if (status.size > SIZE_LIMIT) {
      if (!isExplicit && !(await streamHasTrigger(path, triggers))) return null;
      return {
        file: name,
        code: "file-too-large",
        message: "It is larger than 10 MB; move its pins to a smaller file.",
      };
    }
    const bytes = await readFile(path);
    if (!isExplicit && !hasWord(bytes, triggers)) return null;
    const decoded = decodeText(bytes);
    if (decoded === null) {
      return { file: name, code: "file-not-utf8", message: "It is not UTF-8 text; convert it, or leave it out." };
    }
    return { name, path, bytes, ...decoded };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return {
      file: name,
      code: "file-unreadable",
      message: `It cannot be read (${error.code}); check its permissions.`,
    };
  }
}

export function isProblem(content: TextFile | FileProblem): content is FileProblem {
  return "code" in content;
}

/** A file's text after edits, with the byte order mark that the file has. */
export function withByteOrderMark(file: TextFile, text: string): string {
  return file.hasByteOrderMark ? BYTE_ORDER_MARK + text : text;
}

async function streamHasTrigger(path: string, triggers: readonly string[]): Promise<boolean> {
  const longest = Math.max(...triggers.map((trigger) => Buffer.byteLength(trigger)));
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const window = Buffer.concat([tail, chunk]);
    if (hasWord(window, triggers)) return true;
    tail = window.subarray(-Math.max(1, longest - 1));
  }
  return false;
}

/** The text of a file's bytes; null when they are not UTF-8. */
export function decodeText(bytes: Uint8Array): Pick<TextFile, "text" | "hasByteOrderMark"> | null {
  if (!isUtf8(bytes)) return null;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const hasByteOrderMark = text.startsWith(BYTE_ORDER_MARK);
  return { text: hasByteOrderMark ? text.slice(1) : text, hasByteOrderMark };
}
