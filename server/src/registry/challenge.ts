import { scanHeader } from "./header-scanner.ts";

/** One way to authorize that a server offers (RFC 7235, section 2.1). */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** By lower-case name, quoting removed; the first of equal names wins. */
  readonly parameters: ReadonlyMap<string, string>;
}

const HEADER_LENGTH_LIMIT = 8192;
const CHALLENGE_LIMIT = 16;

/**
 * Reads the challenges of `WWW-Authenticate` header lines, several per line included.
 * RFC 7235 with what registries do beyond it: values such as URLs may stand without quotes. What cannot be read is
 * skipped, so bad input gives fewer challenges and never a failure. Time is linear in the length, which is capped.
 */
export function parseChallenges(headerLines: readonly string[]): Challenge[] {
  return headerLines.flatMap((line) => parseLine(line.slice(0, HEADER_LENGTH_LIMIT))).slice(0, CHALLENGE_LIMIT);
}

function parseLine(line: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const scanner = createScanner(line);
  while (!scanner.atEnd()) {
    if (scanner.skipSeparators()) continue;
    const word = scanner.take(TOKEN);
    if (word === "") {
      scanner.skipToComma();
      continue;
    }
    const current = challenges.at(-1);
    if (current !== undefined && scanner.skipEquals()) {
      const value = scanner.takeValue();
      const name = word.toLowerCase();
      if (!current.parameters.has(name)) current.parameters.set(name, value);
      continue;
    }
    challenges.push({ scheme: word.toLowerCase(), parameters: new Map() });
    scanner.skipToken68();
  }
  return challenges;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]*/y;
const TOKEN68 = /[ \t]+[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/y;
const SEPARATORS = /[ \t,]+/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const UNQUOTED_VALUE = /[^ \t,]*/y;
const QUOTED_VALUE = /"((?:[^"\\]|\\[\s\S])*)(?:"|\\?$)/y;
const UP_TO_COMMA = /[^,]*/y;

function createScanner(line: string) {
  const { match, atEnd } = scanHeader(line);
  const take = (pattern: RegExp) => match(pattern)?.[0] ?? "";
  return {
    take,
    atEnd,
    skipSeparators: () => take(SEPARATORS) !== "",
    skipEquals: () => take(EQUALS) !== "",
    skipToken68: () => take(TOKEN68) !== "",
    skipToComma: () => take(UP_TO_COMMA) !== "",
    takeValue: () => {
      const quoted = match(QUOTED_VALUE)?.[1];
      return quoted === undefined ? take(UNQUOTED_VALUE) : quoted.replace(/\\([\s\S])/g, "$1");
    },
  };
}
