import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { FileProblem } from "../files/file-problem.ts";
import { isSystemError } from "../files/system-error.ts";
import { isProblem, readTextFile, readTextFiles, type TextFile } from "../files/text-file.ts";
import { pinTriggers } from "../nix/triggers.ts";
import type { DocumentReadings } from "./document-readings.ts";
import type { PinKnowledgeStore } from "./pin-knowledge.ts";
import type { PinView } from "./pin-view.ts";
import { viewPins } from "./pin-views.ts";
import type { PinArgument } from "./protocol.ts";
import type { Settings } from "./settings.ts";
import type { SettingsStore } from "./settings-store.ts";
import { pathOf, uriOf, type WorkspaceFolders } from "./workspace-folders.ts";

/** A document with what is known of its pins now. */
export interface PinDocument {
  readonly document: TextDocument;
  /** Null when it is not open: the text is that of the file. */
  readonly version: number | null;
  readonly settings: Settings;
  readonly views: readonly PinView[];
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
}

interface Parts {
  readonly documents: { get(uri: string): TextDocument | undefined; all(): TextDocument[] };
  readonly readings: Promise<DocumentReadings>;
  readonly settings: SettingsStore;
  readonly knowledge: PinKnowledgeStore;
  readonly folders: WorkspaceFolders;
}

export function createPinDocuments({ documents, readings, settings, knowledge, folders }: Parts): PinDocuments {
  const open = async (uri: string): Promise<PinDocument | null> => {
    const live = documents.get(uri);
    if (live === undefined) return null;
    // What was asked for is what stands there now, whatever is typed meanwhile.
    const document = TextDocument.create(uri, live.languageId, live.version, live.getText());
    const [current, reader] = await Promise.all([settings.of(uri), readings]);
    const pins = reader.readOpen(document, current.extraCallees);
    const views = viewPins(pins, current, knowledge, folders.relativePath(uri));
    return { document, version: document.version, settings: current, views };
  };

  const closed = async (uri: string, { text }: TextFile): Promise<PinDocument> => {
    const [current, reader] = await Promise.all([settings.of(uri), readings]);
    const document = TextDocument.create(uri, "nix", 0, text);
    const pins = reader.readClosed(document, current.extraCallees);
    const views = viewPins(pins, current, knowledge, folders.relativePath(uri));
    return { document, version: null, settings: current, views };
  };

  /** Editors write URIs in more than one way, and reach files through links. */
  const openByPath = async (): Promise<Map<string, string>> => {
    const pairs = documents.all().map(async ({ uri }) => {
      const path = pathOf(uri);
      return [path === null ? uri : await resolved(path), uri] as const;
    });
    return new Map(await Promise.all(pairs));
  };

  const scanned = new Map<string, PinDocument>();
  const refreshed = (document: PinDocument): PinDocument => {
    const pins = document.views.map(({ pin }) => pin);
    const path = folders.relativePath(document.document.uri);
    return { ...document, views: viewPins(pins, document.settings, knowledge, path) };
  };
  const allOpen = async (): Promise<PinDocument[]> => {
    const all = await Promise.all(documents.all().map(({ uri }) => open(uri)));
    return all.filter((document) => document !== null);
  };

  const read = async (uri: string): Promise<PinDocument | null> => {
    const asOpen = await open(uri);
    const path = pathOf(uri);
    if (asOpen !== null || path === null) return asOpen;
    const file = await readTextFile({ name: basename(path), path, isExplicit: true }, []);
    return file === null || isProblem(file) ? null : closed(uri, file);
  };

  return {
    open,
    read,
    allOpen,
    async known() {
      const inEditor = await allOpen();
      const uris = new Set(inEditor.map(({ document }) => document.uri));
      return [...inEditor, ...[...scanned.values()].filter(({ document }) => !uris.has(document.uri)).map(refreshed)];
    },
    forget: (uri) => {
      scanned.delete(uri);
    },
    async scan(signal) {
      const { extraCallees } = await settings.of(null);
      const paths = folders.paths();
      const { files, problems } = await readTextFiles(paths, pinTriggers(extraCallees), signal);
      const editors = await openByPath();
      const found = new Map<string, PinDocument>();
      const add = (document: PinDocument | null) => {
        if (document !== null && document.views.length > 0) found.set(document.document.uri, document);
      };
      for (const file of files) {
        // Requests of the editor come in between.
        await nextTurn();
        signal.throwIfAborted();
        const editor = editors.get(file.path);
        add(editor === undefined ? await closed(uriOf(file.name), file) : await open(editor));
      }
      // What is not saved yet, and what is on no disk.
      for (const { uri } of documents.all()) if (!found.has(uri) && folders.contains(uri)) add(await open(uri));
      scanned.clear();
      for (const [uri, document] of found) if (document.version === null) scanned.set(uri, document);
      return { documents: [...found.values()], problems };
    },
    async find({ uri, id }) {
      const document = await read(uri);
      const view = document?.views.find((one) => one.id === id);
      return document === null || view === undefined ? null : { document, view };
    },
  };
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isSystemError(error)) return path;
    throw error;
  }
}
