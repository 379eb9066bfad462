import { RE2JS } from "re2js";
import { type TranslatedExpression, translateExpression } from "../extended-expression.ts";
import { isAscii, sliceOf } from "../strings.ts";
import { known, type StringValue, type Thunk, type Unknown, unknown, type Value } from "../value.ts";
import { type Application, list, stringOf, TOO_LONG } from "./application.ts";

const TEXT_LIMIT = 65_536;
const CHARACTERS_PER_STEP = 64;
const NOT_READ = unknown("it depends on a regular expression that is not read");

interface Search {
  readonly text: StringValue;
  readonly expression: TranslatedExpression;
}

/** Where the groups of a match are, the whole first; null for one that took no part. */
type Groups = readonly ({ readonly start: number; readonly end: number } | null)[];

/** `builtins.match`: the groups, if the whole string matches. */
export function matchExpression(application: Application, expression: Thunk, text: Thunk): Value {
  const search = searchOf(application, expression, text, true);
  if (search.kind === "unknown") return search;
  const groups = agreed((flags) => {
    const matcher = RE2JS.compile(search.expression.source, flags).matcher(search.text.text);
    return matcher.matches() ? [groupsOf(matcher, search.expression.groups)] : [];
  });
  if (groups === null) return NOT_READ;
  const [found] = groups;
  return found === undefined ? { kind: "null" } : captured(search.text, found);
}

/** `builtins.split`: what is between the matches, and their groups in lists. */
export function splitByExpression(application: Application, expression: Thunk, text: Thunk): Value {
  const search = searchOf(application, expression, text, false);
  if (search.kind === "unknown") return search;
  const matches = agreed((flags) => {
    const matcher = RE2JS.compile(search.expression.source, flags).matcher(search.text.text);
    const found: Groups[] = [];
    while (matcher.find()) found.push(groupsOf(matcher, search.expression.groups));
    return found;
  });
  if (matches === null) return NOT_READ;
  if (!application.evaluation.spend(matches.length)) return TOO_LONG;
  const elements: Value[] = [];
  let start = 0;
  for (const groups of matches) {
    const [whole] = groups;
    // Implementations go on in different ways behind a match of nothing.
    if (whole === undefined || whole === null || whole.start === whole.end) return NOT_READ;
    elements.push(sliceOf(search.text, start, whole.start), captured(search.text, groups));
    start = whole.end;
  }
  return list([...elements, start === 0 ? search.text : sliceOf(search.text, start, search.text.text.length)]);
}

function searchOf(
  { evaluation }: Application,
  expression: Thunk,
  text: Thunk,
  isWhole: boolean,
): ({ readonly kind: "search" } & Search) | Unknown {
  const [written, given] = [stringOf(expression), stringOf(text)];
  if (written.kind === "unknown") return written;
  if (given.kind === "unknown") return given;
  // Nix sees bytes, and a string of Nix ends with a zero byte.
  if (given.text.length > TEXT_LIMIT || !isAscii(given.text) || given.text.includes("\0")) return NOT_READ;
  const translated = translateExpression(written.text, isWhole);
  if (translated === null) return NOT_READ;
  const steps = ((given.text.length + 1) * translated.size) / CHARACTERS_PER_STEP;
  return evaluation.spend(steps) ? { kind: "search", text: given, expression: translated } : TOO_LONG;
}

/** What is found when the first alternative that leads to a match counts, if it is also what the longest match gives; else null. */
function agreed(find: (flags: number) => readonly Groups[]): readonly Groups[] | null {
  const first = find(RE2JS.DOTALL);
  const longest = find(RE2JS.DOTALL | RE2JS.LONGEST_MATCH);
  return JSON.stringify(first) === JSON.stringify(longest) ? first : null;
}

function groupsOf(matcher: ReturnType<RE2JS["matcher"]>, count: number): Groups {
  return Array.from({ length: count + 1 }, (_, index) => {
    const start = matcher.start(index);
    return start < 0 ? null : { start, end: matcher.end(index) };
  });
}

function captured(text: StringValue, [, ...groups]: Groups): Value {
  return {
    kind: "list",
    elements: groups.map((group) => known(group === null ? { kind: "null" } : sliceOf(text, group.start, group.end))),
  };
}
