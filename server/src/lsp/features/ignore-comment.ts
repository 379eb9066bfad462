import type { Pin, TextEdit, TextRange } from "../../nix/pin.ts";

const DIRECTIVE = "# dockpin: ignore";

/**
 * The edit that puts `# dockpin: ignore` where it is read as the pin's: behind its name, else on a line of its own above its
 * name, else behind its end. Null when none of these is free, or is another pin's as well.
 */
export function ignoreComment(text: string, pin: Pin, others: readonly Pin[]): TextEdit | null {
  const behindOnLine = (from: number, rest: RegExp) => {
    const end = endOfLine(text, from, rest);
    return end === null || others.some((other) => touchesLine(text, other.range, end)) ? null : end;
  };
  const name = pin.imageName.state === "absent" ? null : pin.imageName.at;
  if (name !== null && isIn(pin.range, name)) {
    const behind = behindOnLine(name.end, /^[ \t]*$/);
    if (behind !== null) return insertion(pin, behind, ` ${DIRECTIVE}`);
    const lineStart = text.lastIndexOf("\n", name.start - 1) + 1;
    const indentation = text.slice(lineStart, name.start);
    if (/^[ \t]*$/.test(indentation)) {
      const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
      return insertion(pin, lineStart, `${indentation}${DIRECTIVE}${lineBreak}`);
    }
  }
  const end = behindOnLine(pin.range.end, /^[ \t;)\]}]*$/);
  return end === null ? null : insertion(pin, end, ` ${DIRECTIVE}`);
}

/** Where a line's code ends, if what follows an offset on the line looks like this. */
function endOfLine(text: string, from: number, rest: RegExp): number | null {
  const [line = ""] = text.slice(from).split(/\r?\n/, 1);
  return rest.test(line) ? from + line.trimEnd().length : null;
}

function touchesLine(text: string, range: TextRange, offset: number): boolean {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  return range.start <= offset && lineStart <= range.end;
}

function insertion({ file }: Pin, offset: number, newText: string): TextEdit {
  return { file, range: { start: offset, end: offset }, oldText: "", newText };
}

function isIn(outer: TextRange, inner: TextRange): boolean {
  return outer.start < inner.start && inner.end <= outer.end;
}
