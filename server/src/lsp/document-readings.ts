import type { TextDocument } from "vscode-languageserver-textdocument";
import { type NixDocument, openNixDocument } from "../nix/document.ts";
import type { Pin } from "../nix/pin.ts";
import { type NixParser, readNixFile } from "../nix/reading.ts";
import { pinTriggers } from "../nix/triggers.ts";

/** Reads the pins of documents, of an open one once for each text. */
export interface DocumentReadings {
  readOpen(document: TextDocument, extraCallees: readonly string[]): readonly Pin[];
  readClosed(document: TextDocument, extraCallees: readonly string[]): readonly Pin[];
  /** The document was closed. */
  forget(uri: string): void;
}

/** UTF-16 units; what a file may have in bytes. */
const LENGTH_LIMIT = 10 * 1024 * 1024;

interface Kept {
  readonly text: string;
  readonly callees: string;
  readonly pins: readonly Pin[];
}

export function createDocumentReadings(parser: NixParser): DocumentReadings {
  const kept = new Map<string, Kept>();
  const open = new Map<string, NixDocument>();
  const openDocument = (uri: string): NixDocument => {
    const known = open.get(uri) ?? openNixDocument(parser, uri);
    open.set(uri, known);
    return known;
  };
  return {
    readOpen(document, extraCallees) {
      const { uri } = document;
      const text = document.getText();
      const callees = extraCallees.join("\n");
      const known = kept.get(uri);
      if (known?.text === text && known.callees === callees) return known.pins;
      const pins = mayHavePins(text, extraCallees) ? openDocument(uri).read(text, { extraCallees }).pins : [];
      kept.set(uri, { text, callees, pins });
      return pins;
    },
    readClosed(document, extraCallees) {
      const text = document.getText();
      return mayHavePins(text, extraCallees) ? readNixFile(parser, document.uri, text, { extraCallees }).pins : [];
    },
    forget(uri) {
      kept.delete(uri);
      open.get(uri)?.close();
      open.delete(uri);
    },
  };
}

function mayHavePins(text: string, extraCallees: readonly string[]): boolean {
  return text.length <= LENGTH_LIMIT && pinTriggers(extraCallees).some((word) => text.includes(word));
}
