import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { FileProblem } from "../files/file-problem.ts";
import { isSystemError } from "../files/system-error.ts";
import { isProblem, readTextFile, readTextFiles, type TextFile } from "../files/text-file.ts";
import type { TextOf } from "../nix/pin.ts";
import type { SourceText } from "../nix/source.ts";
import { inCodeOnly, triggersOfFiles, wordsOfCallers } from "../pins/pin-files.ts";
import type { DocumentReading, DocumentReadings } from "./document-readings.ts";
import { placeId, placesIn } from "./features/pin-places.ts";
import type { PinKnowledgeStore } from "./pin-knowledge.ts";
import type { PinView } from "./pin-view.ts";
import { viewPins } from "./pin-views.ts";
import { pinsShownIn } from "./pins-shown.ts";
import type { PinArgument } from "./protocol.ts";
import type { Settings } from "./settings.ts";
import type { SettingsStore } from "./settings-store.ts";
import { pathOf, uriOf, type WorkspaceFolders } from "./workspace-folders.ts";

/** A text as pins were read from it. */
export interface SourceDocument {
  readonly document: TextDocument;
  /** Null when it is not open: the text is that of the file. */
  readonly version: number | null;
}

/** A document with what is known now of the pins that have a value or a call in it. */
export interface PinDocument extends SourceDocument {
  readonly settings: Settings;
  readonly views: readonly PinView[];
  /** By URI, itself and the other files that its pins stand in. */
  readonly sources: ReadonlyMap<string, SourceDocument>;
}

export interface PinDocuments {
  /** Null for a document that is not open. */
  open(uri: string): Promise<PinDocument | null>;
  allOpen(): Promise<PinDocument[]>;
  /** The document as it is in the editor, else on disk; null when it is in neither. */
  read(uri: string): Promise<PinDocument | null>;
  /** The open ones, and those that the last scan found and that have not changed since, as far as the client says. */
  known(): Promise<PinDocument[]>;
  /** The file on disk may have changed. */
  forget(uri: string): void;
  /** All with pins in the workspace, open ones as they are in the editor, and what could not be read. */
  scan(signal: AbortSignal): Promise<{ documents: PinDocument[]; problems: FileProblem[] }>;
  /** The pin that a command names, if the document has it still. */
  find(argument: PinArgument): Promise<{ readonly document: PinDocument; readonly view: PinView } | null>;
  /** As `find`; all pins of a call that takes several, if a command names that. */
  findAll(
    argument: PinArgument,
  ): Promise<{ readonly document: PinDocument; readonly views: readonly PinView[] } | null>;
}

interface Parts {
  readonly documents: { get(uri: string): TextDocument | undefined; all(): TextDocument[] };
  readonly readings: Promise<DocumentReadings>;
  readonly settings: SettingsStore;
  readonly knowledge: PinKnowledgeStore;
  readonly folders: WorkspaceFolders;
}

/** Files with pins that the last scan is remembered for. */
const FILES_KEPT = 5_000;

export function createPinDocuments({ documents, readings, settings, knowledge, folders }: Parts): PinDocuments {
  /** Of the files that the last scan found pins in. */
  const scanned = new Map<string, SourceText>();

  const readOpen = async (uri: string): Promise<DocumentReading | null> => {
    const [current, reader] = await Promise.all([settings.of(uri), readings]);
    const live = documents.get(uri);
    if (live === undefined) return null;
    return reader.readOpen({ file: uri, text: live.getText() }, current.extraCallees);
  };
  const readClosed = async (source: SourceText): Promise<DocumentReading> => {
    const [current, reader] = await Promise.all([settings.of(source.file), readings]);
    return reader.readClosed(source, current.extraCallees);
  };
  const isOpen = (file: string) => documents.get(file) !== undefined;
  const readAllOpen = async (): Promise<DocumentReading[]> => {
    const all = await Promise.all(documents.all().map(({ uri }) => readOpen(uri)));
    return all.filter((reading) => reading !== null);
  };
  const readScanned = (): Promise<DocumentReading[]> =>
    Promise.all([...scanned.values()].filter(({ file }) => !isOpen(file)).map(readClosed));
  /** What was read of all files that may have pins in others. */
  const readReaching = async (): Promise<DocumentReading[]> =>
    [...(await readAllOpen()), ...(await readScanned())].filter(({ sources }) => sources.size > 1);

  const sourceOf = (file: string, text: string): SourceDocument => {
    const live = documents.get(file);
    if (live?.getText() !== text) return { document: TextDocument.create(file, "", 0, text), version: null };
    // What was asked for is what stands there now, whatever is typed meanwhile.
    return { document: TextDocument.create(file, live.languageId, live.version, text), version: live.version };
  };
  /** A document with its pins, and with those that other files have in it. */
  const assemble = async (reading: DocumentReading, others: readonly DocumentReading[]): Promise<PinDocument> => {
    const { file: uri } = reading;
    const current = await settings.of(uri);
    const shown = pinsShownIn(reading, others);
    const sources = new Map([...shown.sources].map(([file, text]) => [file, sourceOf(file, text)]));
    const own = sources.get(uri) ?? sourceOf(uri, reading.sources.get(uri) ?? "");
    const views = viewPins(shown.pins, current, knowledge, folders.relativePath(uri));
    return { ...own, settings: current, views, sources };
  };

  const open = async (uri: string): Promise<PinDocument | null> => {
    const others = await readReaching();
    const reading = await readOpen(uri);
    return reading === null ? null : assemble(reading, others);
  };
  const allOpen = async (): Promise<PinDocument[]> => {
    const others = await readReaching();
    return Promise.all((await readAllOpen()).map((reading) => assemble(reading, others)));
  };
  const read = async (uri: string): Promise<PinDocument | null> => {
    const asOpen = await open(uri);
    const path = pathOf(uri);
    if (asOpen !== null || path === null) return asOpen;
    const file = await readTextFile({ name: basename(path), path, isExplicit: true }, []);
    if (file === null || isProblem(file)) return null;
    return assemble(await readClosed({ file: uri, text: file.text }), await readReaching());
  };

  /** Editors write URIs in more than one way, and reach files through links. */
  const openByPath = async (): Promise<Map<string, string>> => {
    const pairs = documents.all().map(async ({ uri }) => {
      const path = pathOf(uri);
      return [path === null ? uri : await resolved(path), uri] as const;
    });
    return new Map(await Promise.all(pairs));
  };

  return {
    open,
    read,
    allOpen,
    async known() {
      const all = [...(await readAllOpen()), ...(await readScanned())];
      const others = all.filter(({ sources }) => sources.size > 1);
      return Promise.all(all.map((reading) => assemble(reading, others)));
    },
    forget: (uri) => {
      scanned.delete(uri);
    },
    async scan(signal) {
      const { extraCallees } = await settings.of(null);
      const paths = folders.paths();
      const { files, problems } = await readTextFiles(paths, triggersOfFiles(extraCallees), signal);
      const editors = await openByPath();
      const found = new Map<string, DocumentReading>();
      const add = (reading: DocumentReading | null) => {
        if (reading !== null && reading.pins.length > 0) found.set(reading.file, reading);
      };
      const addAll = async (some: readonly TextFile[]) => {
        for (const { path, name, text } of some) {
          // Requests of the editor come in between.
          await nextTurn();
          signal.throwIfAborted();
          const editor = editors.get(path);
          add(editor === undefined ? await readClosed({ file: uriOf(name), text }) : await readOpen(editor));
        }
      };
      await addAll(files);
      const words = wordsOfCallers([...found.values()].flatMap(({ pins }) => pins));
      (await readings).callersHave(words);
      if (words.length > 0) {
        // What can't be read has been told of already.
        const callers = await readTextFiles(paths, inCodeOnly(words), signal);
        await addAll(callers.files);
      }
      // What is not saved yet, and what is on no disk.
      for (const { uri } of documents.all()) if (!found.has(uri) && folders.contains(uri)) add(await readOpen(uri));
      scanned.clear();
      for (const { file, sources } of found.values()) {
        if (isOpen(file) || scanned.size >= FILES_KEPT) continue;
        scanned.set(file, { file, text: sources.get(file) ?? "" });
      }
      const all = [...found.values()];
      const others = all.filter(({ sources }) => sources.size > 1);
      return { documents: await Promise.all(all.map((reading) => assemble(reading, others))), problems };
    },
    async find({ uri, id }) {
      const document = await read(uri);
      const view = document?.views.find((one) => one.id === id);
      return document === null || view === undefined ? null : { document, view };
    },
    async findAll({ uri, id }) {
      const document = await read(uri);
      if (document === null) return null;
      const view = document.views.find((one) => one.id === id);
      const views = view === undefined ? callWithId(document, id) : [view];
      return views === null ? null : { document, views };
    },
  };
}

function callWithId({ document, views }: PinDocument, id: string): readonly PinView[] | null {
  return placesIn(document, views).find((place) => placeId(place) === id)?.views ?? null;
}

/** The texts that a document's pins were read from. */
export function textsOf({ sources }: Pick<PinDocument, "sources">): TextOf {
  return (file) => sources.get(file)?.document.getText() ?? null;
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isSystemError(error)) return path;
    throw error;
  }
}
