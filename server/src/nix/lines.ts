/** The lines of a text, 0-based. */
export interface Lines {
  /** The line of an offset. */
  lineOf(offset: number): number;
  startOf(line: number): number;
  /** Without its line break. */
  textOf(line: number): string;
}

/** @param asked takes the lines of which start or text was asked for */
export function linesOf(text: string, asked: Set<number> = new Set()): Lines {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const startOf = (line: number) => starts[line] ?? text.length;
  return {
    startOf(line) {
      asked.add(line);
      return startOf(line);
    },
    lineOf(offset) {
      let low = 0;
      let high = starts.length;
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        if (startOf(middle) <= offset) low = middle;
        else high = middle;
      }
      return low;
    },
    textOf(line) {
      asked.add(line);
      let end = startOf(line + 1);
      if (text[end - 1] === "\n" && end > startOf(line)) end--;
      if (text[end - 1] === "\r" && end > startOf(line)) end--;
      return text.slice(startOf(line), end);
    },
  };
}
