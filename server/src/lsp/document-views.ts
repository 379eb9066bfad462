import type { TextDocuments } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { DocumentReadings } from "./open-documents.ts";
import type { PinKnowledgeStore } from "./pin-knowledge.ts";
import type { PinView } from "./pin-view.ts";
import { viewPins } from "./pin-views.ts";
import type { PinArgument } from "./protocol.ts";
import type { Settings } from "./settings.ts";
import type { SettingsStore } from "./settings-store.ts";
import type { WorkspaceFolders } from "./workspace-folders.ts";

/** An open document with what is known of its pins now. */
export interface DocumentView {
  readonly document: TextDocument;
  readonly settings: Settings;
  readonly views: readonly PinView[];
}

export interface DocumentViews {
  /** Null for a document that is not open. */
  of(uri: string): Promise<DocumentView | null>;
  all(): Promise<DocumentView[]>;
  /** The pin that a command names, if the document has it still. */
  find(argument: PinArgument): Promise<{ readonly document: DocumentView; readonly view: PinView } | null>;
}

interface Parts {
  readonly documents: Pick<TextDocuments<TextDocument>, "get" | "all">;
  readonly readings: Promise<DocumentReadings>;
  readonly settings: SettingsStore;
  readonly knowledge: PinKnowledgeStore;
  readonly folders: WorkspaceFolders;
}

export function createDocumentViews({ documents, readings, settings, knowledge, folders }: Parts): DocumentViews {
  const of = async (uri: string): Promise<DocumentView | null> => {
    const [current, reader] = await Promise.all([settings.of(uri), readings]);
    // Asked for now: it may have changed or gone meanwhile.
    const document = documents.get(uri);
    if (document === undefined) return null;
    const { pins } = reader.read(document, current);
    return { document, settings: current, views: viewPins(pins, current, knowledge, folders.relativePath(uri)) };
  };
  return {
    of,
    async all() {
      const all = await Promise.all(documents.all().map(({ uri }) => of(uri)));
      return all.filter((view) => view !== null);
    },
    async find({ uri, id }) {
      const document = await of(uri);
      const view = document?.views.find((one) => one.id === id);
      return document === null || view === undefined ? null : { document, view };
    },
  };
}
