import { TextDocument } from "vscode-languageserver-textdocument";
import type { PinDocument } from "../../../server/src/lsp/pin-documents.ts";
import { createPinKnowledge, type PinKnowledgeStore } from "../../../server/src/lsp/pin-knowledge.ts";
import { viewPins } from "../../../server/src/lsp/pin-views.ts";
import type { Settings } from "../../../server/src/lsp/settings.ts";
import { DEFAULT_SETTINGS } from "../../../server/src/lsp/settings-reading.ts";
import { printHash } from "../../../server/src/nix/hash-encoding.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { type Digest, digestOf } from "../../../server/src/oci/digest.ts";
import { nixParser } from "../../support/nix-parser.ts";

export const OLD = digestOf(Buffer.from("old"));
export const NEW = digestOf(Buffer.from("new"));
export const HASH = digestOf(Buffer.from("hash"));
export const OLD_HASH = digestOf(Buffer.from("old hash"));

/** A complete pin. */
export function pinText(name: string, digest: Digest = OLD, encoding: "sri" | "base32" = "sri"): string {
  const hash = encoding === "sri" ? "hash" : "sha256";
  return `pullImage {
  imageName = "${name}";
  imageDigest = "${digest}";
  ${hash} = "${printHash(OLD_HASH, encoding)}";
  finalImageTag = "1";
}
`;
}

export interface DocumentOptions {
  readonly uri?: string;
  readonly version?: number | null;
  readonly settings?: Partial<Settings>;
  readonly knowledge?: PinKnowledgeStore;
  readonly path?: string;
}

/** A document whose pins were read by the reader itself. */
export function pinDocument(text: string, options: DocumentOptions = {}): PinDocument {
  const { uri = "file:///config/a.nix", version = 1, path = "a.nix" } = options;
  const knowledge = options.knowledge ?? createPinKnowledge(() => {});
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const { pins } = readNixFile(nixParser, uri, text);
  const document = TextDocument.create(uri, "nix", version ?? 0, text);
  return {
    document,
    version,
    settings,
    sources: new Map([[uri, { document, version }]]),
    views: viewPins(pins, settings, knowledge, path),
  };
}
