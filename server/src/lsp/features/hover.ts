import * as l10n from "@vscode/l10n";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Hover, MarkupContent, Position, Range } from "vscode-languageserver-types";
import { labelOf } from "../../pins/label.ts";
import type { PinView } from "../pin-view.ts";
import { hoverRows } from "./hover-rows.ts";
import { EMPTY_HEADER, type HoverTable, systemTable } from "./hover-systems.ts";
import { type Piece, toMarkdown, toPlainText } from "./markup.ts";
import { attributeAt } from "./pin-at.ts";
import { placesIn } from "./pin-places.ts";
import { signInAdvice } from "./sign-in-advice.ts";
import { countStates } from "./state-counts.ts";
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
  /** Whether the client has a sign-in. */
  readonly canSignIn: boolean;
}

/** What is known of the pin whose attribute or call is under the cursor; null where there is none. */
export function hover(
  document: TextDocument,
  views: readonly PinView[],
  position: Position,
  options: HoverOptions,
): Hover | null {
  const offset = document.offsetAt(position);
  const found = attributeAt(document.uri, views, offset);
  if (found !== null) return hoverOf(found.view, toRange(document, found.range), options);
  const calls = placesIn(document, views).filter(
    ({ range, views: [view] }) => range.start <= offset && offset <= range.end && view?.pin.range !== range,
  );
  const call = calls.toSorted(
    (one, other) => one.range.end - one.range.start - (other.range.end - other.range.start),
  )[0];
  const [view, ...others] = call?.views ?? [];
  if (call === undefined || view === undefined) return null;
  const range = toRange(document, call.range);
  return others.length === 0 ? hoverOf(view, range, options) : hoverOfMany(call.views, range, options);
}

function hoverOf(view: PinView, range: Range, options: HoverOptions): Hover {
  const advice = options.online ? signInAdvice(view, options.canSignIn) : null;
  const sentences = [statusSentence(view, options.online), advice].filter((sentence) => sentence !== null);
  const status = [{ text: sentences.join(" ") }];
  const tables = [
    { header: EMPTY_HEADER, rows: hoverRows(view, options).map(({ label, pieces }) => [[{ text: label }], pieces]) },
  ];
  return {
    range,
    contents: contentsOf(status, view.variants.length === 0 ? tables : [...tables, systemTable(view)], options),
  };
}

const IMAGES_SHOWN = 20;

/** How each of the pins stands that a call takes. */
function hoverOfMany(views: readonly PinView[], range: Range, options: HoverOptions): Hover {
  const rows = views
    .slice(0, IMAGES_SHOWN)
    .map((view) => [[{ text: labelOf(view.pin), isValue: true }], [{ text: statusSentence(view, options.online) }]]);
  const more = views.length - rows.length;
  const rest = more > 0 ? [[[{ text: l10n.t("and {0} more", more) }], []]] : [];
  const title = [{ text: l10n.t("{0} images: {1}", views.length, countStates(views)) }];
  return { range, contents: contentsOf(title, [{ header: EMPTY_HEADER, rows: [...rows, ...rest] }], options) };
}

function contentsOf(
  status: readonly Piece[],
  tables: readonly HoverTable[],
  { markdown }: HoverOptions,
): MarkupContent {
  if (!markdown) {
    const blocks = tables.map(({ header, rows }) =>
      (header === EMPTY_HEADER ? rows : [header, ...rows])
        .map((cells) =>
          cells
            .map(toPlainText)
            .filter((cell) => cell !== "")
            .join(": "),
        )
        .join("\n"),
    );
    return { kind: "plaintext", value: [toPlainText(status), ...blocks].join("\n\n") };
  }
  const blocks = tables.map(({ header, rows }) => {
    const lines = (header === EMPTY_HEADER ? rows : [header, ...rows]).map(
      (cells) => `| ${cells.map(toMarkdown).join(" | ")} |`,
    );
    const [first = "| | |", ...others] = lines;
    const columns = (rows[0] ?? header).length;
    return [first, `|${" --- |".repeat(columns)}`, ...others].join("\n");
  });
  return { kind: "markdown", value: [toMarkdown(status), ...blocks].join("\n\n") };
}
