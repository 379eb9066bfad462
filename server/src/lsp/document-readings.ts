import { isDataFile, readDataFile } from "../nix/data-file.ts";
import { type NixDocument, openNixDocument } from "../nix/document.ts";
import type { Pin } from "../nix/pin.ts";
import { type NixParser, readNixFile } from "../nix/reading.ts";
import type { SourceFiles, SourceText } from "../nix/source.ts";
import { mayHavePins } from "../nix/triggers.ts";
import { recordSources } from "./recorded-sources.ts";

/** The pins of a file, and the texts by file that they were read from, its own among them. */
export interface DocumentReading {
  readonly file: string;
  readonly pins: readonly Pin[];
  readonly sources: ReadonlyMap<string, string>;
}

/** Reads the pins of files; anew only when a text has changed that the last reading came from. */
export interface DocumentReadings {
  readOpen(source: SourceText, extraCallees: readonly string[]): DocumentReading;
  readClosed(source: SourceText, extraCallees: readonly string[]): DocumentReading;
  /** Code with one of these words calls functions whose pins are read: it is read too, whatever else it says. */
  callersHave(words: readonly string[]): void;
  /** The document was closed, or the file is of no interest any more. */
  forget(file: string): void;
}

interface Kept {
  readonly callees: string;
  readonly reading: DocumentReading;
  /** Whether the other files are as they were. */
  readonly isCurrent: () => boolean;
}

export function createDocumentReadings(parser: NixParser, files: SourceFiles): DocumentReadings {
  const kept = new Map<string, Kept>();
  const open = new Map<string, NixDocument>();
  let wordsOfCallers: readonly string[] = [];
  const openDocument = (file: string): NixDocument => {
    const known = open.get(file) ?? openNixDocument(parser, file);
    open.set(file, known);
    return known;
  };
  const read = (source: SourceText, extraCallees: readonly string[], isOpen: boolean): DocumentReading => {
    const { file, text } = source;
    const callees = extraCallees.join("\n");
    const known = kept.get(file);
    const isSameText = known?.callees === callees && known.reading.sources.get(file) === text;
    if (isSameText && known.isCurrent()) return known.reading;
    const recorded = recordSources(files);
    const options = { extraCallees, files: recorded.files };
    const pins = () => {
      const isCaller = wordsOfCallers.some((word) => text.includes(word));
      if (!isCaller && !mayHavePins(text, extraCallees)) return [];
      if (isDataFile(file)) return readDataFile(source).pins;
      // What is read again for the sake of another file may be so at every key that is pressed there.
      if (isOpen || isSameText) return openDocument(file).read(text, options).pins;
      return readNixFile(parser, file, text, options).pins;
    };
    const found = pins();
    const reading = { file, pins: found, sources: new Map([...recorded.texts(), [file, text]]) };
    kept.set(file, { callees, reading, isCurrent: recorded.areCurrent });
    return reading;
  };
  return {
    readOpen: (source, extraCallees) => read(source, extraCallees, true),
    readClosed: (source, extraCallees) => read(source, extraCallees, false),
    callersHave(words) {
      if (words.join("\n") === wordsOfCallers.join("\n")) return;
      wordsOfCallers = words;
      kept.clear();
    },
    forget(file) {
      kept.delete(file);
      open.get(file)?.close();
      open.delete(file);
    },
  };
}
