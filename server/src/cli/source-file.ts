import { setImmediate as nextTurn } from "node:timers/promises";
import type { FileProblem } from "../files/file-problem.ts";
import { readTextFiles, type TextFile } from "../files/text-file.ts";
import { readWasmFiles } from "../files/wasm-files.ts";
import { isDataFile, readDataFile } from "../nix/data-file.ts";
import { linesOf } from "../nix/lines.ts";
import { mergePins } from "../nix/merge-pins.ts";
import type { FileRange, Pin } from "../nix/pin.ts";
import { loadNixParser, type NixParser, type NixReading, readNixFile } from "../nix/reading.ts";
import type { SourceFiles } from "../nix/source.ts";
import { mayHavePins } from "../nix/triggers.ts";
import { inCodeOnly, triggersOfFiles, wordsOfCallers } from "../pins/pin-files.ts";
import type { CommandContext } from "./terminal.ts";
import { openWorkspace } from "./workspace.ts";

/** A place in a file, as people and editors name it: line and column from 1, columns in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What was found under the paths of a command line. */
export interface Sources {
  /** The distinct pins, by the files that their values stand in, and in the order of those. */
  readonly pins: readonly Pin[];
  /** What could not be read. */
  readonly problems: readonly FileProblem[];
  /** A file that was read, be it because another one refers to it. */
  fileOf(name: string): TextFile | null;
  placeOf(range: FileRange): Place;
}

/**
 * Reads the pins in all files that the paths stand for, and in those that these refer to.
 * Problems: `path-not-found`, `file-unreadable`, `file-too-large` (over 10 MB), `file-not-utf8`, and those of the reader.
 */
export async function readSources(paths: readonly string[], context: CommandContext): Promise<Sources> {
  const given = paths.length === 0 ? ["."] : paths;
  // The parser is compiled while files are looked for.
  const [{ files, problems }, parser] = await Promise.all([
    readTextFiles(given, triggersOfFiles(), context.signal),
    readWasmFiles(context.wasmFolder).then(loadNixParser),
  ]);
  const explicit = new Set(paths);
  const pins: Pin[] = [];
  const read = async (some: readonly TextFile[], workspace: SourceFiles) => {
    for (const file of some) {
      // Lets Ctrl-C in between.
      await nextTurn();
      context.signal.throwIfAborted();
      const reading = readFile(parser, file, workspace);
      problems.push(...reading.problems.map(({ code, message }) => ({ file: file.name, code, message })));
      pins.push(...reading.pins);
    }
  };
  const workspace = await openWorkspace(given, files);
  const isWorthIt = ({ name, text }: TextFile) => explicit.has(name) || isDataFile(name) || mayHavePins(text);
  await read(files.filter(isWorthIt), workspace);
  const callers = await findCallers(given, wordsOfCallers(pins), files, context);
  const known = [...files, ...callers, ...workspace.filesRead()];
  if (callers.length > 0) {
    const widerWorkspace = await openWorkspace(given, [...files, ...callers]);
    await read(callers, widerWorkspace);
    known.push(...widerWorkspace.filesRead());
  }
  const byName = new Map(known.map((file) => [file.name, file]));
  const fileOf = (name: string) => byName.get(name) ?? null;
  return { pins: inOrder(mergePins(pins), files), problems, fileOf, placeOf: placesIn(fileOf) };
}

/** The files that call functions of those that were read; what can't be read has been told of already. */
async function findCallers(
  paths: readonly string[],
  words: readonly string[],
  known: readonly TextFile[],
  { signal }: CommandContext,
): Promise<TextFile[]> {
  if (words.length === 0) return [];
  const names = new Set(known.map(({ name }) => name));
  const { files } = await readTextFiles(paths, inCodeOnly(words), signal);
  return files.filter(({ name }) => !names.has(name));
}

function readFile(parser: NixParser, { name, text }: TextFile, files: SourceFiles): NixReading {
  return isDataFile(name) ? readDataFile({ file: name, text }) : readNixFile(parser, name, text, { files });
}

/** File by file: those under the paths first, then those that they refer to. */
function inOrder(pins: readonly Pin[], files: readonly TextFile[]): Pin[] {
  const names = new Set([...files.map(({ name }) => name), ...pins.map(({ file }) => file)]);
  const order = new Map([...names].map((name, index) => [name, index]));
  const orderOf = ({ file }: Pin) => order.get(file) ?? 0;
  return pins.toSorted((one, other) => orderOf(one) - orderOf(other) || one.range.start - other.range.start);
}

function placesIn(fileOf: Sources["fileOf"]): (range: FileRange) => Place {
  const known = new Map<string, ReturnType<typeof linesOf>>();
  return ({ file, start }) => {
    const lines = known.get(file) ?? linesOf(fileOf(file)?.text ?? "");
    known.set(file, lines);
    const line = lines.lineOf(start);
    return { file, line: line + 1, column: start - lines.startOf(line) + 1 };
  };
}
