import type { Pin, TextEdit, TextRange } from "../../nix/pin.ts";

const DIRECTIVE = "# dockpin: ignore";

/**
 * The edit that puts `# dockpin: ignore` where it is read as the pin's: behind its name, else on a line of its own above its
 * name, else behind its end. Null when none of these is free.
 */
export function ignoreComment(text: string, pin: Pin): TextEdit | null {
  const name = pin.imageName.state === "absent" ? null : pin.imageName.at;
  if (name !== null && isIn(pin.range, name)) {
    const behind = behindOnLine(text, name.end, /^[ \t]*$/);
    if (behind !== null) return insertion(pin, behind, ` ${DIRECTIVE}`);
    const lineStart = text.lastIndexOf("\n", name.start - 1) + 1;
    const indentation = text.slice(lineStart, name.start);
    if (/^[ \t]*$/.test(indentation)) {
      const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
      return insertion(pin, lineStart, `${indentation}${DIRECTIVE}${lineBreak}`);
    }
  }
  const end = behindOnLine(text, pin.range.end, /^[ \t;)\]]*$/);
  return end === null ? null : insertion(pin, end, ` ${DIRECTIVE}`);
}

/** Where a line's code ends, if what follows an offset on the line looks like this. */
function behindOnLine(text: string, from: number, rest: RegExp): number | null {
  const [line = ""] = text.slice(from).split(/\r?\n/, 1);
  return rest.test(line) ? from + line.trimEnd().length : null;
}

function insertion({ file }: Pin, offset: number, newText: string): TextEdit {
  return { file, range: { start: offset, end: offset }, oldText: "", newText };
}

function isIn(outer: TextRange, inner: TextRange): boolean {
  return outer.start < inner.start && inner.end <= outer.end;
}
