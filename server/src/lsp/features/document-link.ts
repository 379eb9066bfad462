import * as l10n from "@vscode/l10n";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { DocumentLink } from "vscode-languageserver-types";
import type { TextRange } from "../../nix/pin.ts";
import { parseRepository, printRepository } from "../../oci/reference.ts";
import { registryPage } from "../../oci/registry-page.ts";
import type { PinView } from "../pin-view.ts";
import { toRange } from "./text-positions.ts";

/** From each image name that is written in the document to its registry's page, where that is known. */
export function documentLinks(document: TextDocument, views: readonly PinView[]): DocumentLink[] {
  const text = document.getText();
  const links = new Map<number, DocumentLink>();
  for (const pin of views.flatMap((view) => [view.pin, ...view.pin.variants])) {
    if (pin.imageName.state !== "known") continue;
    const [literal, ...others] = pin.imageName.provenance;
    const repository = parseRepository(pin.imageName.value);
    if (literal === undefined || literal.file !== document.uri || others.length > 0 || !repository.ok) continue;
    const target = registryPage(repository.value);
    if (target === null) continue;
    const range = withoutQuotes(text, literal.range);
    const tooltip = l10n.t("Open the page of {0}", printRepository(repository.value));
    links.set(range.start, { range: toRange(document, range), target, tooltip });
  }
  return [...links.values()];
}

function withoutQuotes(text: string, { start, end }: TextRange): TextRange {
  const quote = ['"', "''"].find((mark) => text.startsWith(mark, start) && text.startsWith(mark, end - mark.length));
  const length = quote?.length ?? 0;
  return { start: start + length, end: end - length };
}
