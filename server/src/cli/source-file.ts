import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { mapConcurrently } from "../base/concurrency.ts";
import type { Pin } from "../nix/pin.ts";
import { loadNixParser, type NixParser, readNixFile } from "../nix/reading.ts";
import type { FileProblem } from "./file-problem.ts";
import { type CandidateFile, findFiles } from "./file-walking.ts";
import { isSystemError } from "./system-error.ts";
import type { CommandContext } from "./terminal.ts";

/** A Nix file as it was read. */
export interface SourceFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Without the byte order mark. */
  readonly text: string;
  readonly hasByteOrderMark: boolean;
  readonly pins: readonly Pin[];
}

/** What was found under the paths of a command line. */
export interface Sources {
  /** Those with pins, in the order of the paths and of their names. */
  readonly files: readonly SourceFile[];
  /** What could not be read. */
  readonly problems: readonly FileProblem[];
}

const SIZE_LIMIT = 10 * 1024 * 1024;
const TRIGGERS = ["imageDigest", "pullImage"];
const LONGEST_TRIGGER = Math.max(...TRIGGERS.map((trigger) => trigger.length));
const FILES_AT_ONCE = 16;
const BYTE_ORDER_MARK = "\ufeff";

/**
 * Reads the pins in all files that the paths stand for.
 * Problems: `path-not-found`, `file-unreadable`, `file-too-large` (over 10 MB), `file-not-utf8`, and those of the reader.
 */
export async function readSources(paths: readonly string[], context: CommandContext): Promise<Sources> {
  const { files, problems } = await findFiles(paths.length === 0 ? ["."] : paths, context.signal);
  const contents = await mapConcurrently(files, FILES_AT_ONCE, async (file) => {
    context.signal.throwIfAborted();
    return readContent(file);
  });
  const texts = contents.filter((content) => content !== null);
  if (texts.every((content) => "code" in content)) return { files: [], problems: [...problems, ...texts] };

  const parser = await loadParser(context.wasmFolder);
  const sources: SourceFile[] = [];
  for (const content of texts) {
    if ("code" in content) {
      problems.push(content);
      continue;
    }
    // Lets Ctrl-C in between.
    await nextTurn();
    context.signal.throwIfAborted();
    const reading = readNixFile(parser, content.name, content.text);
    problems.push(...reading.problems.map(({ code, message }) => ({ file: content.name, code, message })));
    if (reading.pins.length > 0) sources.push({ ...content, pins: reading.pins });
  }
  return { files: sources, problems };
}

/** A source's text after edits, with the byte order mark that the file has. */
export function withByteOrderMark(source: SourceFile, text: string): string {
  return source.hasByteOrderMark ? BYTE_ORDER_MARK + text : text;
}

type Content = Omit<SourceFile, "pins">;

/** Null when the file holds no pin, as far as its bytes tell. */
async function readContent({ name, path, isExplicit }: CandidateFile): Promise<Content | FileProblem | null> {
  try {
    const status = await stat(path);
    if (!status.isFile()) {
      return { file: name, code: "file-unreadable", message: "It is not a regular file; name a Nix file or a folder." };
    }
    if (status.size > SIZE_LIMIT) {
      if (!isExplicit && !(await streamHasTrigger(path))) return null;
      return {
        file: name,
        code: "file-too-large",
        message: "It is larger than 10 MB; move its pins to a smaller file.",
      };
    }
    const bytes = await readFile(path);
    if (!isExplicit && !hasTrigger(bytes)) return null;
    const text = decode(bytes);
    if (text === null) {
      return { file: name, code: "file-not-utf8", message: "It is not UTF-8 text; convert it, or leave it out." };
    }
    const hasByteOrderMark = text.startsWith(BYTE_ORDER_MARK);
    return { name, path, bytes, text: hasByteOrderMark ? text.slice(1) : text, hasByteOrderMark };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return {
      file: name,
      code: "file-unreadable",
      message: `It cannot be read (${error.code}); check its permissions.`,
    };
  }
}

function hasTrigger(bytes: Buffer): boolean {
  return TRIGGERS.some((trigger) => bytes.includes(trigger));
}

async function streamHasTrigger(path: string): Promise<boolean> {
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const window = Buffer.concat([tail, chunk]);
    if (hasTrigger(window)) return true;
    tail = window.subarray(-(LONGEST_TRIGGER - 1));
  }
  return false;
}

/** Null when the bytes are not UTF-8. */
function decode(bytes: Buffer): string | null {
  return isUtf8(bytes) ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) : null;
}

async function loadParser(wasmFolder: string): Promise<NixParser> {
  const [runtime, grammar] = await Promise.all([
    readFile(join(wasmFolder, "web-tree-sitter.wasm")),
    readFile(join(wasmFolder, "tree-sitter-nix.wasm")),
  ]);
  return loadNixParser({ runtime, grammar });
}
