/**
 * A copy of a Nix text that the published grammar can parse: same length, with the commas blanked that the official
 * formatter writes after the last formal (`{ a, b, }:`), and pipe operators written as `->`. A comma before `}` stands
 * nowhere else in Nix code, and node text is taken from the original, so that a mask inside a string does no harm.
 */
export function maskForGrammar(text: string): string {
  const codeAfter = codeFinder(text);
  let masked = "";
  let copied = 0;
  for (const match of text.matchAll(/,|\|>|<\|/g)) {
    const [found] = match;
    const blanked = found === ",";
    if (blanked && text[codeAfter(match.index + 1)] !== "}") continue;
    masked += text.slice(copied, match.index) + (blanked ? " " : "->");
    copied = match.index + found.length;
  }
  return masked + text.slice(copied);
}

/**
 * Gives the first offset, from one on, that is neither white space nor in a comment. What looks like a comment may stand
 * in a string, so a scan can't go on where the last one ended; remembering the comments passed keeps all of them linear.
 */
function codeFinder(text: string): (start: number) => number {
  const codeAfterComment = new Map<number, number>();
  const blockEnd = markFinder(text, "*/");
  return (start) => {
    const passed: number[] = [];
    let at = start;
    for (;;) {
      while (isSpace(text.charCodeAt(at))) at++;
      const known = codeAfterComment.get(at);
      if (known !== undefined) {
        at = known;
        break;
      }
      const comment = at;
      if (text[at] === "#") at = endOfLine(text, at);
      else if (text.startsWith("/*", at)) at = blockEnd(at + 2);
      else break;
      passed.push(comment);
    }
    for (const comment of passed) codeAfterComment.set(comment, at);
    return at;
  };
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function endOfLine(text: string, from: number): number {
  const found = text.indexOf("\n", from);
  return found < 0 ? text.length : found;
}

/** Gives the end of the first `mark` from an offset on, without searching a stretch again that held none. */
function markFinder(text: string, mark: string): (from: number) => number {
  let searchedFrom = 0;
  let end = 0;
  return (from) => {
    if (from < searchedFrom || from + mark.length > end) {
      const found = text.indexOf(mark, from);
      searchedFrom = from;
      end = found < 0 ? text.length : found + mark.length;
    }
    return end;
  };
}
