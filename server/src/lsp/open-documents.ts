import type { TextDocument } from "vscode-languageserver-textdocument";
import { type NixParser, type NixReading, readNixFile } from "../nix/reading.ts";
import { pinTriggers } from "../nix/triggers.ts";
import type { Settings } from "./settings.ts";

/** Reads documents, each version once. */
export interface DocumentReadings {
  read(document: TextDocument, settings: Settings): NixReading;
  /** The document was closed. */
  forget(uri: string): void;
}

/** UTF-16 units; what a file may have in bytes. */
const LENGTH_LIMIT = 10 * 1024 * 1024;
const NOTHING: NixReading = { pins: [], problems: [] };

interface Kept {
  readonly version: number;
  readonly callees: readonly string[];
  readonly reading: NixReading;
}

export function createDocumentReadings(parser: NixParser): DocumentReadings {
  const readings = new Map<string, Kept>();
  return {
    read(document, { extraCallees }) {
      const { uri, version } = document;
      const kept = readings.get(uri);
      if (kept?.version === version && kept.callees === extraCallees) return kept.reading;
      const reading = readDocument(parser, document, extraCallees);
      readings.set(uri, { version, callees: extraCallees, reading });
      return reading;
    },
    forget: (uri) => {
      readings.delete(uri);
    },
  };
}

function readDocument(parser: NixParser, document: TextDocument, extraCallees: readonly string[]): NixReading {
  const text = document.getText();
  if (text.length > LENGTH_LIMIT || !pinTriggers(extraCallees).some((word) => text.includes(word))) return NOTHING;
  return readNixFile(parser, document.uri, text);
}
