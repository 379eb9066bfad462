/** Goes through a header line from left to right. */
export interface HeaderScanner {
  /** Takes what a sticky pattern matches here; null, and nothing is taken, where it does not. */
  match(pattern: RegExp): RegExpExecArray | null;
  atEnd(): boolean;
}

export function scanHeader(line: string): HeaderScanner {
  let position = 0;
  return {
    match(pattern) {
      pattern.lastIndex = position;
      const found = pattern.exec(line);
      if (found !== null) position = pattern.lastIndex;
      return found;
    },
    atEnd: () => position >= line.length,
  };
}
