import { scanHeader } from "./header-scanner.ts";

/** Longer lines are not read: no registry's links come near it. */
const LENGTH_LIMIT = 64 * 1024;

const TARGET = /[ \t,]*<([^>]*)(>?)/y;
const PARAMETER =
  /[ \t]*;[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]*)[ \t]*(?:=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"?|([^;,"]*)))?/y;
const UP_TO_COMMA = /[^,]*[ \t,]*/y;

/**
 * The target of the first link with the relation `next` in `Link` header lines, as it is written there; null without one.
 * RFC 8288, section 3: several links in a line, commas and semicolons within quotes and targets, several relations in a
 * `rel`, the first `rel` of a link counts. What cannot be read is skipped. Time is linear in the length, which is capped.
 */
export function readNextLink(headerLines: readonly string[]): string | null {
  for (const line of headerLines) {
    const target = nextOf(line.slice(0, LENGTH_LIMIT));
    if (target !== null) return target;
  }
  return null;
}

function nextOf(line: string): string | null {
  const { match, atEnd } = scanHeader(line);
  while (!atEnd()) {
    const [, target, end] = match(TARGET) ?? [];
    let relations: string | null = null;
    if (target !== undefined) {
      if (end === "") return null;
      for (let found = match(PARAMETER); found !== null; found = match(PARAMETER)) {
        const [, name = "", quoted, plain = ""] = found;
        if (name.toLowerCase() === "rel") relations ??= quoted?.replace(/\\([\s\S])/g, "$1") ?? plain;
      }
      if (relations !== null && /(?:^|[ \t])next(?:[ \t]|$)/i.test(relations)) return target.trim();
    }
    match(UP_TO_COMMA);
  }
  return null;
}
