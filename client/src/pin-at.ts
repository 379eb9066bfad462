import type { Position } from "vscode-languageserver-protocol";
import type { PinItem } from "../../server/src/lsp/protocol.ts";

/** The innermost pin around a position, else the innermost one that has a part of its line; null where there is none. */
export function pinAt(pins: readonly PinItem[], position: Position): PinItem | null {
  const innermostFirst = pins.toSorted(
    (one, other) => compare(other.range.start, one.range.start) || compare(one.range.end, other.range.end),
  );
  const around = ({ range }: PinItem) => compare(range.start, position) <= 0 && compare(position, range.end) <= 0;
  const onLine = ({ range }: PinItem) => range.start.line <= position.line && position.line <= range.end.line;
  return innermostFirst.find(around) ?? innermostFirst.find(onLine) ?? null;
}

function compare(one: Position, other: Position): number {
  return one.line - other.line || one.character - other.character;
}
