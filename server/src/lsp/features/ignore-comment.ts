import type { Pin, TextEdit, TextRange } from "../../nix/pin.ts";

const DIRECTIVE = "dockpin: ignore";

/**
 * The edit that puts `# dockpin: ignore` where it is read as the pin's alone: behind its name, else on a line of its own
 * above its name. Where these are not free, as when all stands on one line, a comment behind the opening brace, or, where
 * the pin is a merge of sets, behind its end. Null when none of these is free.
 */
export function ignoreComment(text: string, pin: Pin, others: readonly Pin[]): TextEdit | null {
  const lineEnd = (from: number, rest: RegExp) => {
    const end = endOfLine(text, from, rest);
    return end === null || others.some((other) => touchesLine(text, other.range, end)) ? null : end;
  };
  const name = pin.imageName.state === "absent" ? null : pin.imageName.at;
  if (name !== null && isIn(pin.range, name)) {
    const behind = lineEnd(name.end, /^[ \t]*$/);
    if (behind !== null) return insertion(pin, behind, ` # ${DIRECTIVE}`);
    const lineStart = text.lastIndexOf("\n", name.start - 1) + 1;
    const indentation = text.slice(lineStart, name.start);
    if (/^[ \t]*$/.test(indentation)) {
      const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
      return insertion(pin, lineStart, `${indentation}# ${DIRECTIVE}${lineBreak}`);
    }
  }
  const written = text.slice(pin.range.start, pin.range.end);
  const [brace] = /(?<!:)\/\//.test(written) ? [] : (/^(?:rec\s*)?\{/.exec(written) ?? []);
  if (brace !== undefined) return insertion(pin, pin.range.start + brace.length, ` /* ${DIRECTIVE} */`);
  // No closing brace: behind that of an interpolation, the comment would be a part of the string.
  const end = lineEnd(pin.range.end, /^[ \t;)\]]*$/);
  return end === null ? null : insertion(pin, end, ` # ${DIRECTIVE}`);
}

/** Where a line's code ends, if what follows an offset on the line looks like this; null otherwise. */
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
