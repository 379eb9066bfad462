import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Pin } from "../nix/pin.ts";
import { type NixParser, readNixFile } from "../nix/reading.ts";
import { pinTriggers } from "../nix/triggers.ts";

/** Reads the pins of documents, of each version of an open one once. */
export interface DocumentReadings {
  readOpen(document: TextDocument, extraCallees: readonly string[]): readonly Pin[];
  readClosed(document: TextDocument, extraCallees: readonly string[]): readonly Pin[];
  /** The document was closed. */
  forget(uri: string): void;
}

/** UTF-16 units; what a file may have in bytes. */
const LENGTH_LIMIT = 10 * 1024 * 1024;

interface Kept {
  readonly version: number;
  readonly callees: string;
  readonly pins: readonly Pin[];
}

export function createDocumentReadings(parser: NixParser): DocumentReadings {
  const open = new Map<string, Kept>();
  const read = (document: TextDocument, extraCallees: readonly string[]): readonly Pin[] => {
    const text = document.getText();
    if (text.length > LENGTH_LIMIT || !pinTriggers(extraCallees).some((word) => text.includes(word))) return [];
    return readNixFile(parser, document.uri, text).pins;
  };
  return {
    readOpen(document, extraCallees) {
      const { uri, version } = document;
      const callees = extraCallees.join("\n");
      const kept = open.get(uri);
      if (kept?.version === version && kept.callees === callees) return kept.pins;
      const pins = read(document, extraCallees);
      open.set(uri, { version, callees, pins });
      return pins;
    },
    readClosed: read,
    forget: (uri) => {
      open.delete(uri);
    },
  };
}
