import { coerceToString } from "../coercion.ts";
import { concatenate, isAscii, plainString, sliceOf } from "../strings.ts";
import { known, lazily, type StringValue, type Thunk, type Unknown, unknown, type Value } from "../value.ts";
import {
  type Application,
  applied,
  boolean,
  booleanOf,
  integer,
  integerOf,
  isUnknown,
  list,
  listOf,
  NOT_TAKEN,
  type Rules,
  stringOf,
  stringsOf,
  TOO_LONG,
} from "./application.ts";
import { matchExpression, splitByExpression } from "./regular-expressions.ts";
import { compareVersions, versionParts } from "./versions.ts";

const builtins: Rules = {
  concatStringsSep: joined,
  replaceStrings(application, from, to, text) {
    const [patterns, replacements, given] = [stringsOf(application, from), stringsOf(application, to), stringOf(text)];
    if (isUnknown(patterns)) return patterns;
    if (isUnknown(replacements)) return replacements;
    if (given.kind === "unknown") return given;
    return patterns.length === replacements.length ? replaced(application, patterns, replacements, given) : NOT_TAKEN;
  },
  substring(_, start, length, text) {
    const [from, count, given] = [integerOf(start), integerOf(length), stringOf(text)];
    if (from.kind === "unknown") return from;
    if (count.kind === "unknown") return count;
    if (given.kind === "unknown") return given;
    if (from.value < 0n) return NOT_TAKEN;
    if (!isAscii(given.text)) return NOT_ASCII;
    const first = Number(from.value);
    return sliceOf(given, first, count.value < 0n ? given.text.length : first + Number(count.value));
  },
  stringLength(_, text) {
    const given = stringOf(text);
    return given.kind === "unknown" ? given : integer(Buffer.byteLength(given.text));
  },
  match: matchExpression,
  split: splitByExpression,
  toString: ({ evaluation, call }: Application, value: Thunk) => coerceToString(evaluation, value.force(), call),
  baseNameOf(_, text) {
    const given = stringOf(text);
    if (given.kind === "unknown") return given;
    const end = given.text.length > 1 && given.text.endsWith("/") ? given.text.length - 1 : given.text.length;
    return sliceOf(given, given.text.lastIndexOf("/", end - 1) + 1, end);
  },
  splitVersion(_, version) {
    const given = stringOf(version);
    return given.kind === "unknown" ? given : list(versionParts(given));
  },
  compareVersions: (_, left, right) => compared(left, right, integer),
};

const library: Rules = {
  concatStrings: (application, texts) => joined(application, known(plainString("")), texts),
  concatMapStrings: (application, callee, elements) =>
    joined(application, known(plainString("")), mapped(application, callee, elements)),
  concatMapStringsSep: (application, separator, callee, elements) =>
    joined(application, separator, mapped(application, callee, elements)),
  optionalString(_, condition, text) {
    const holds = booleanOf(condition);
    if (holds.kind === "unknown") return holds;
    return holds.value ? text.force() : plainString("");
  },
  hasPrefix: (_, prefix, text) => tested(prefix, text, (given, part) => given.startsWith(part)),
  hasSuffix: (_, suffix, text) => tested(suffix, text, (given, part) => given.endsWith(part)),
  hasInfix: (_, infix, text) => tested(infix, text, (given, part) => given.includes(part)),
  removePrefix: (_, prefix, text) =>
    trimmed(prefix, text, (given, part) => (given.startsWith(part) ? [part.length, given.length] : null)),
  removeSuffix: (_, suffix, text) =>
    trimmed(suffix, text, (given, part) => (given.endsWith(part) ? [0, given.length - part.length] : null)),
  splitString({ evaluation }, separator, text) {
    const [mark, given] = [stringOf(separator), stringOf(text)];
    if (mark.kind === "unknown") return mark;
    if (given.kind === "unknown") return given;
    if (mark.text === "") return NOT_TAKEN;
    const parts: StringValue[] = [];
    let start = 0;
    for (let at = given.text.indexOf(mark.text); at >= 0; at = given.text.indexOf(mark.text, start)) {
      if (!evaluation.spend(1)) return TOO_LONG;
      parts.push(sliceOf(given, start, at));
      start = at + mark.text.length;
    }
    return list([...parts, start === 0 ? given : sliceOf(given, start, given.text.length)]);
  },
  stringToCharacters({ evaluation }, text) {
    const given = stringOf(text);
    if (given.kind === "unknown") return given;
    if (!isAscii(given.text)) return NOT_ASCII;
    if (!evaluation.spend(given.text.length)) return TOO_LONG;
    return list(Array.from(given.text, (_, index) => sliceOf(given, index, index + 1)));
  },
  toLower: (_, text) => recased(text, /[A-Z]+/g, (letters) => letters.toLowerCase()),
  toUpper: (_, text) => recased(text, /[a-z]+/g, (letters) => letters.toUpperCase()),
  boolToString(_, value) {
    const given = booleanOf(value);
    return given.kind === "unknown" ? given : plainString(String(given.value));
  },
  major: (_, version) => versionPart(version, (parts) => parts[0]),
  minor: (_, version) => versionPart(version, (parts) => parts[1]),
  patch: (_, version) => versionPart(version, (parts) => parts[2]),
  majorMinor({ evaluation }, version) {
    const given = stringOf(version);
    if (given.kind === "unknown") return given;
    const [major, minor] = versionParts(given);
    if (major === undefined) return plainString("");
    return minor === undefined ? major : concatenate(evaluation, [major, plainString("."), minor]);
  },
  versionOlder: (_, left, right) => compared(right, left, (order) => boolean(order === 1)),
  versionAtLeast: (_, left, right) => compared(right, left, (order) => boolean(order !== 1)),
};

/** Functions on strings. */
export const STRING_RULES = {
  builtins,
  library: { ...builtins, ...library },
};

const NOT_ASCII = unknown("it is computed from a string with other characters than ASCII's");

function mapped(application: Application, callee: Thunk, elements: Thunk): Thunk {
  return lazily(() => {
    const given = listOf(elements);
    if (given.kind === "unknown") return given;
    return {
      kind: "list",
      elements: given.elements.map((element) => lazily(() => applied(application, callee, element))),
    };
  });
}

function joined(application: Application, separator: Thunk, texts: Thunk): Value {
  const [mark, parts] = [stringOf(separator), stringsOf(application, texts)];
  if (mark.kind === "unknown") return mark;
  if (isUnknown(parts)) return parts;
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return concatenate(
    application.evaluation,
    parts.flatMap((part, index) => (index === 0 || mark.text === "" ? [part] : [mark, part])),
  );
}

function replaced(
  { evaluation }: Application,
  patterns: readonly StringValue[],
  replacements: readonly StringValue[],
  given: StringValue,
): Value {
  if (patterns.some(({ text }) => text === "") && !isAscii(given.text)) return NOT_ASCII;
  const used = new Set<StringValue>();
  let result = "";
  for (let at = 0; at <= given.text.length; ) {
    if (!evaluation.spend(1 + patterns.length / 16) || result.length > LONGEST_RESULT) return TOO_LONG;
    const index = patterns.findIndex(({ text }) => given.text.startsWith(text, at));
    const [pattern, replacement] = [patterns[index], replacements[index]];
    if (pattern !== undefined && replacement !== undefined) {
      used.add(replacement);
      result += replacement.text;
      at += pattern.text.length;
    }
    // An empty pattern stands between any two characters.
    if (pattern === undefined || pattern.text === "") {
      result += given.text.charAt(at);
      at++;
    }
  }
  if (result.length > LONGEST_RESULT) return TOO_LONG;
  const origins = concatenate(
    evaluation,
    [given, ...used].map((value) => ({ ...value, text: "" })),
  );
  return origins.kind === "string" ? { ...plainString(result), provenance: origins.provenance } : origins;
}

const LONGEST_RESULT = 65_536;

function tested(part: Thunk, text: Thunk, test: (text: string, part: string) => boolean): Value {
  const [sought, given] = [stringOf(part), stringOf(text)];
  if (sought.kind === "unknown") return sought;
  return given.kind === "unknown" ? given : boolean(test(given.text, sought.text));
}

/** @param rest from where to where the text stays when a part is taken off it; null when it is not there */
function trimmed(
  part: Thunk,
  text: Thunk,
  rest: (text: string, part: string) => readonly [number, number] | null,
): StringValue | Unknown {
  const [sought, given] = [stringOf(part), stringOf(text)];
  if (sought.kind === "unknown") return sought;
  if (given.kind === "unknown") return given;
  const kept = rest(given.text, sought.text);
  return kept === null || sought.text === "" ? given : sliceOf(given, ...kept);
}

function recased(text: Thunk, letters: RegExp, recase: (letters: string) => string): Value {
  const given = stringOf(text);
  if (given.kind === "unknown") return given;
  return { ...plainString(given.text.replace(letters, recase)), provenance: given.provenance };
}

function versionPart(version: Thunk, choose: (parts: readonly StringValue[]) => StringValue | undefined): Value {
  const given = stringOf(version);
  if (given.kind === "unknown") return given;
  return choose(versionParts(given)) ?? unknown("a version in it has too few parts");
}

function compared(left: Thunk, right: Thunk, answer: (order: -1 | 0 | 1) => Value): Value {
  const [one, other] = [stringOf(left), stringOf(right)];
  if (one.kind === "unknown") return one;
  if (other.kind === "unknown") return other;
  const order = compareVersions(one, other);
  return order === null ? unknown("a number in a version is too large") : answer(order);
}
