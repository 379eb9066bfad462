import type { SyntaxNode } from "./syntax.ts";

/** A piece of a string: text, `escaped` when written as an escape, or an interpolation. */
export type StringPart =
  | { readonly kind: "text"; readonly text: string; readonly escaped: boolean }
  | { readonly kind: "interpolation"; readonly node: SyntaxNode };

/**
 * Takes the common indentation out of an indented string, as `stripIndentation` in Nix's `parser.y` does: lines of spaces
 * only don't count, escapes and interpolations end the white space that a line begins with, a last line of spaces goes.
 */
export function stripIndentation(parts: readonly StringPart[]): StringPart[] {
  const opened = withoutOpeningLine(parts);
  const indentation = commonIndentation(opened);
  let atStartOfLine = true;
  let dropped = 0;
  return opened.map((part, index) => {
    if (part.kind === "interpolation") {
      atStartOfLine = false;
      dropped = 0;
      return part;
    }
    let text = "";
    for (const character of part.text) {
      if (!atStartOfLine) {
        text += character;
        atStartOfLine = character === "\n";
      } else if (character === " ") {
        if (dropped >= indentation) text += character;
        dropped++;
      } else {
        text += character;
        dropped = 0;
        atStartOfLine = character === "\n";
      }
    }
    return { ...part, text: index === opened.length - 1 ? text.replace(/\n *$/, "\n") : text };
  });
}

/** The lexer takes spaces and a line break directly behind the opening quotes with them. */
function withoutOpeningLine(parts: readonly StringPart[]): readonly StringPart[] {
  const [first, ...rest] = parts;
  if (first === undefined || first.kind === "interpolation" || first.escaped) return parts;
  const text = first.text.replace(/^ *\n/, "");
  return text === "" ? rest : [{ ...first, text }, ...rest];
}

function commonIndentation(parts: readonly StringPart[]): number {
  let common = Number.POSITIVE_INFINITY;
  let atStartOfLine = true;
  let current = 0;
  const endIndentation = () => {
    if (atStartOfLine) common = Math.min(common, current);
    atStartOfLine = false;
  };
  for (const part of parts) {
    if (part.kind === "interpolation" || part.escaped) {
      endIndentation();
      continue;
    }
    for (const character of part.text) {
      if (character === "\n") {
        atStartOfLine = true;
        current = 0;
      } else if (character !== " ") endIndentation();
      else if (atStartOfLine) current++;
    }
  }
  return common;
}
