import * as l10n from "@vscode/l10n";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { type DocumentSymbol, type SymbolInformation, SymbolKind } from "vscode-languageserver-types";
import { printable } from "../../base/printable.ts";
import { isDataFile } from "../../nix/data-file.ts";
import type { PinView } from "../pin-view.ts";
import { firstLineOf, toRange } from "./text-positions.ts";

/** One symbol per pin that stands in the document: its image, with what it is bound to beside it. */
export function documentSymbols(document: TextDocument, views: readonly PinView[]): DocumentSymbol[] {
  return writtenIn(document, views).map((view) => ({
    name: nameOf(view),
    ...(view.pin.boundTo === null ? {} : { detail: printable(view.pin.boundTo, 100) }),
    kind: SymbolKind.Package,
    range: toRange(document, view.pin.range),
    selectionRange: firstLineOf(document, view.pin.range),
  }));
}

/** As `documentSymbols`, for clients that know no hierarchy. */
export function flatSymbols(document: TextDocument, views: readonly PinView[]): SymbolInformation[] {
  return writtenIn(document, views).map((view) => ({
    name: nameOf(view),
    kind: SymbolKind.Package,
    location: { uri: document.uri, range: toRange(document, view.pin.range) },
    ...(view.pin.boundTo === null ? {} : { containerName: printable(view.pin.boundTo, 100) }),
  }));
}

/** Nothing in JSON and TOML, which have outlines of their own. */
function writtenIn({ uri }: TextDocument, views: readonly PinView[]): PinView[] {
  if (isDataFile(uri)) return [];
  return views.filter(({ pin }) => pin.file === uri);
}

/** As it is written; never empty, which the protocol forbids. */
function nameOf({ pin }: PinView): string {
  const name = pin.imageName.state === "known" ? printable(pin.imageName.value, 200) : "";
  return name === "" ? l10n.t("image of a computed name") : `${name}:${printable(pin.followedTag.tag, 130)}`;
}
