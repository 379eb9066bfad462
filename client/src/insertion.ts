interface ContentChange {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** Where an offset is after changes that all refer to the text before them; inside what was replaced, after it. */
export function shiftOffset(offset: number, changes: readonly ContentChange[]): number {
  let shifted = offset;
  for (const { rangeOffset, rangeLength, text } of changes) {
    if (rangeOffset + rangeLength <= offset) shifted += text.length - rangeLength;
    else if (rangeOffset < offset) shifted += rangeOffset + text.length - offset;
  }
  return shifted;
}

/** The white space that a line starts with. */
export function indentationOf(line: string): string {
  return /^\s*/.exec(line)?.[0] ?? "";
}

/** Text of several lines for insertion in a line with that indentation. */
export function indentAfterFirstLine(text: string, indentation: string): string {
  return text.trimEnd().replaceAll(/\n(?=.)/g, `\n${indentation}`);
}
