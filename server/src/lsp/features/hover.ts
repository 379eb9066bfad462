import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Hover, Position } from "vscode-languageserver-types";
import type { PinView } from "../pin-view.ts";
import { hoverRows } from "./hover-rows.ts";
import { toMarkdown, toPlainText } from "./markup.ts";
import { attributeAt } from "./pin-at.ts";
import { statusSentence } from "./status-sentence.ts";
import { toRange } from "./text-positions.ts";

export interface HoverOptions {
  readonly now: number;
  /** False in Restricted Mode. */
  readonly online: boolean;
  /** Whether the client shows Markdown. */
  readonly markdown: boolean;
  /** The client's command that copies a text, if it has one and its Markdown may hold commands. */
  readonly copyCommand: string | null;
}

/** What is known of the pin whose attribute is under the cursor; null where there is none. */
export function hover(
  document: TextDocument,
  views: readonly PinView[],
  position: Position,
  options: HoverOptions,
): Hover | null {
  const found = attributeAt(views, document.offsetAt(position));
  if (found === null) return null;
  const status = [{ text: statusSentence(found.view, options.online) }];
  const rows = hoverRows(found.view, options);
  const range = toRange(document, found.range);
  if (!options.markdown) {
    const lines = rows.map(({ label, pieces }) => `${label}: ${toPlainText(pieces)}`);
    return { range, contents: { kind: "plaintext", value: [toPlainText(status), "", ...lines].join("\n") } };
  }
  const cells = rows.map(({ label, pieces }) => `| ${toMarkdown([{ text: label }])} | ${toMarkdown(pieces)} |`);
  const [header = "| | |", ...lines] = cells;
  const value = [toMarkdown(status), "", header, "| --- | --- |", ...lines].join("\n");
  return { range, contents: { kind: "markdown", value } };
}
