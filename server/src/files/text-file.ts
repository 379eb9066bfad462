import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { mapConcurrently } from "../base/concurrency.ts";
import type { FileProblem } from "./file-problem.ts";
import { type CandidateFile, findFiles } from "./file-walking.ts";
import { isSystemError } from "./system-error.ts";

/** A file's text as it was read. */
export interface TextFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Without the byte order mark. */
  readonly text: string;
  readonly hasByteOrderMark: boolean;
}

/** The words without which a file that was not named by the user holds nothing of interest. */
export type Triggers = readonly string[];

const SIZE_LIMIT = 10 * 1024 * 1024;
const FILES_AT_ONCE = 16;
const BYTE_ORDER_MARK = "\ufeff";

/**
 * The texts of all files that the paths stand for, in the order of the paths and of their names: those that the user
 * named, and of folders those with a trigger.
 * Problems: `path-not-found`, `file-unreadable`, `file-too-large` (over 10 MB), `file-not-utf8`.
 */
export async function readTextFiles(
  paths: readonly string[],
  triggers: Triggers,
  signal: AbortSignal,
): Promise<{ files: TextFile[]; problems: FileProblem[] }> {
  const { files, problems } = await findFiles(paths, signal);
  const contents = await mapConcurrently(files, FILES_AT_ONCE, async (file) => {
    signal.throwIfAborted();
    return readTextFile(file, triggers);
  });
  const read = contents.filter((content) => content !== null);
  return {
    files: read.filter((content): content is TextFile => !isProblem(content)),
    problems: [...problems, ...read.filter(isProblem)],
  };
}

/** A file's text; null when it has no trigger and the user did not name it. */
export async function readTextFile(
  { name, path, isExplicit }: CandidateFile,
  triggers: Triggers,
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
    if (!isExplicit && !hasTrigger(bytes, triggers)) return null;
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

function hasTrigger(bytes: Buffer, triggers: Triggers): boolean {
  return triggers.some((trigger) => bytes.includes(trigger));
}

async function streamHasTrigger(path: string, triggers: Triggers): Promise<boolean> {
  const longest = Math.max(...triggers.map((trigger) => Buffer.byteLength(trigger)));
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const window = Buffer.concat([tail, chunk]);
    if (hasTrigger(window, triggers)) return true;
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
