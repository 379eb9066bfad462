const LENGTH_LIMIT = 16 * 1024;
const WARNING = /[ \t,]*(\d{3}) +([^ \t"]+) +"((?:[^"\\]|\\[\s\S])*)"(?:[ \t]+"[^"]*")?[ \t]*(?=,|$)/y;

/**
 * The texts of the miscellaneous persistent warnings (code 299) in `Warning` header lines: RFC 7234, section 5.5, several in
 * a line included. A line is read as far as it can be. Time is linear in the length, which is capped.
 */
export function readWarnings(headerLines: readonly string[]): string[] {
  return headerLines.flatMap((line) => warningsOf(line.slice(0, LENGTH_LIMIT)));
}

function warningsOf(line: string): string[] {
  const texts: string[] = [];
  WARNING.lastIndex = 0;
  for (let found = WARNING.exec(line); found !== null; found = WARNING.exec(line)) {
    const [, code, , text = ""] = found;
    if (code === "299") texts.push(text.replace(/\\([\s\S])/g, "$1"));
  }
  return texts;
}
