import { setImmediate as nextTurn } from "node:timers/promises";
import type { FileProblem } from "../files/file-problem.ts";
import { readTextFiles, type TextFile } from "../files/text-file.ts";
import { readWasmFiles } from "../files/wasm-files.ts";
import type { Pin } from "../nix/pin.ts";
import { loadNixParser, readNixFile } from "../nix/reading.ts";
import { pinTriggers } from "../nix/triggers.ts";
import type { CommandContext } from "./terminal.ts";

/** A Nix file as it was read. */
export interface SourceFile extends TextFile {
  readonly pins: readonly Pin[];
}

/** What was found under the paths of a command line. */
export interface Sources {
  /** Those with pins, in the order of the paths and of their names. */
  readonly files: readonly SourceFile[];
  /** What could not be read. */
  readonly problems: readonly FileProblem[];
}

/**
 * Reads the pins in all files that the paths stand for.
 * Problems: `path-not-found`, `file-unreadable`, `file-too-large` (over 10 MB), `file-not-utf8`, and those of the reader.
 */
export async function readSources(paths: readonly string[], context: CommandContext): Promise<Sources> {
  const { files, problems } = await readTextFiles(paths.length === 0 ? ["."] : paths, pinTriggers(), context.signal);
  if (files.length === 0) return { files: [], problems };

  const parser = await loadNixParser(await readWasmFiles(context.wasmFolder));
  const sources: SourceFile[] = [];
  for (const file of files) {
    // Lets Ctrl-C in between.
    await nextTurn();
    context.signal.throwIfAborted();
    const reading = readNixFile(parser, file.name, file.text);
    problems.push(...reading.problems.map(({ code, message }) => ({ file: file.name, code, message })));
    if (reading.pins.length > 0) sources.push({ ...file, pins: reading.pins });
  }
  return { files: sources, problems };
}
