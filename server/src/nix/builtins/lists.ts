import { equal } from "../comparison.ts";
import { known, lazily, type Thunk, unknown, type Value } from "../value.ts";
import {
  type Application,
  applied,
  boolean,
  booleanOf,
  integer,
  integerOf,
  keptOf,
  listOf,
  NOT_TAKEN,
  type Rules,
  TOO_FEW,
  TOO_LONG,
} from "./application.ts";

const GENERATED_AT_MOST = 100_000;

const shared: Rules = {
  head: (_, elements) => elementAt(elements, 0),
  elemAt(_, elements, position) {
    const index = integerOf(position);
    return index.kind === "unknown" ? index : elementAt(elements, Number(index.value));
  },
  tail: (application, elements) => withoutOne(application, elements, (given) => given.slice(1)),
  length(_, elements) {
    const given = listOf(elements);
    return given.kind === "unknown" ? given : integer(given.elements.length);
  },
  map: (application, callee, elements) =>
    mapped(application, elements, (element) => applied(application, callee, element)),
  filter: (application, callee, elements) => filtered(application, callee, elements),
  concatLists: (application, lists) => concatenated(application, listOf(lists)),
  concatMap(application, callee, elements) {
    const parts = mapped(application, elements, (element) => applied(application, callee, element));
    return parts.kind === "list" || parts.kind === "unknown" ? concatenated(application, parts) : NOT_TAKEN;
  },
  "foldl'": foldLeft,
  genList: (application, callee, count) => {
    const length = integerOf(count);
    if (length.kind === "unknown") return length;
    return generated(application, 0n, length.value, (index) => applied(application, callee, known(index)));
  },
  all: (application, callee, elements) => decided(application, callee, elements, false),
  any: (application, callee, elements) => decided(application, callee, elements, true),
  elem: (application, wanted, elements) => contains(application, wanted.force(), elements),
};

const library: Rules = {
  ...shared,
  foldl: foldLeft,
  foldr(application, callee, initial, elements) {
    const given = listOf(elements);
    if (given.kind === "unknown") return given;
    return given.elements
      .toReversed()
      .reduce((result, element) => applied(application, callee, element, known(result)), initial.force());
  },
  last(_, elements) {
    const given = listOf(elements);
    return given.kind === "unknown" ? given : elementAt(elements, given.elements.length - 1);
  },
  init: (application, elements) => withoutOne(application, elements, (given) => given.slice(0, -1)),
  flatten: (application, elements) => flattened(application, elements.force()),
  singleton: (_, element) => ({ kind: "list", elements: [element] }),
  toList(_, element) {
    const value = element.force();
    return value.kind === "list" || value.kind === "unknown" ? value : { kind: "list", elements: [element] };
  },
  optional(_, condition, element) {
    const holds = booleanOf(condition);
    return holds.kind === "unknown" ? holds : { kind: "list", elements: holds.value ? [element] : [] };
  },
  optionals(_, condition, elements) {
    const holds = booleanOf(condition);
    if (holds.kind === "unknown") return holds;
    return holds.value ? elements.force() : { kind: "list", elements: [] };
  },
  forEach: (application, elements, callee) =>
    mapped(application, elements, (element) => applied(application, callee, element)),
  imap0: (application, callee, elements) => numbered(application, callee, elements, 0),
  imap1: (application, callee, elements) => numbered(application, callee, elements, 1),
  range: (application, first, last) => {
    const [from, to] = [integerOf(first), integerOf(last)];
    if (from.kind === "unknown") return from;
    if (to.kind === "unknown") return to;
    return generated(application, from.value, to.value - from.value + 1n, (index) => index);
  },
  reverseList: (application, elements) => keptOf(application, elements, (given) => given.toReversed()),
  take: (application, count, elements) =>
    sliced(application, count, elements, (given, length) => given.slice(0, length)),
  drop: (application, count, elements) => sliced(application, count, elements, (given, length) => given.slice(length)),
  remove(application, unwanted, elements) {
    const given = listOf(elements);
    if (given.kind === "unknown") return given;
    const kept: Thunk[] = [];
    for (const element of given.elements) {
      const same = equal(application.evaluation, element.force(), unwanted.force());
      if (same.kind !== "boolean") return same;
      if (!same.value) kept.push(element);
    }
    return { kind: "list", elements: kept };
  },
  findFirst(application, callee, fallback, elements) {
    const found = filtered(application, callee, elements);
    if (found.kind !== "list") return found;
    return (found.elements[0] ?? fallback).force();
  },
  unique(application, elements) {
    const given = listOf(elements);
    if (given.kind === "unknown") return given;
    const kept: Thunk[] = [];
    for (const element of given.elements) {
      const answer = contains(application, element.force(), known({ kind: "list", elements: kept }));
      if (answer.kind !== "boolean") return answer;
      if (!answer.value) kept.push(element);
    }
    return { kind: "list", elements: kept };
  },
  zipListsWith(application, callee, left, right) {
    const [one, other] = [listOf(left), listOf(right)];
    if (one.kind === "unknown") return one;
    if (other.kind === "unknown") return other;
    const elements = one.elements.flatMap((element, index) => {
      const partner = other.elements[index];
      return partner === undefined ? [] : [lazily(() => applied(application, callee, element, partner))];
    });
    return { kind: "list", elements };
  },
};

/** Functions on lists. */
export const LIST_RULES = { builtins: shared, library };

function elementAt(elements: Thunk, index: number): Value {
  const given = listOf(elements);
  return given.kind === "unknown" ? given : (given.elements[index]?.force() ?? TOO_FEW);
}

function mapped(
  { evaluation }: Application,
  elements: Thunk,
  compute: (element: Thunk, index: number) => Value,
): Value {
  const given = listOf(elements);
  if (given.kind === "unknown") return given;
  if (!evaluation.spend(given.elements.length)) return TOO_LONG;
  return { kind: "list", elements: given.elements.map((element, index) => lazily(() => compute(element, index))) };
}

function numbered(application: Application, callee: Thunk, elements: Thunk, first: number): Value {
  return mapped(application, elements, (element, index) =>
    applied(application, callee, known(integer(index + first)), element),
  );
}

function filtered(application: Application, callee: Thunk, elements: Thunk): Value {
  const given = listOf(elements);
  if (given.kind === "unknown") return given;
  const kept: Thunk[] = [];
  for (const element of given.elements) {
    const holds = booleanOf(lazily(() => applied(application, callee, element)));
    if (holds.kind === "unknown") return holds;
    if (holds.value) kept.push(element);
  }
  return { kind: "list", elements: kept };
}

function concatenated({ evaluation }: Application, lists: ReturnType<typeof listOf>): Value {
  if (lists.kind === "unknown") return lists;
  const elements: Thunk[] = [];
  for (const part of lists.elements) {
    const given = listOf(part);
    if (given.kind === "unknown") return given;
    if (!evaluation.spend(given.elements.length + 1)) return TOO_LONG;
    for (const element of given.elements) elements.push(element);
  }
  return { kind: "list", elements };
}

function foldLeft(application: Application, callee: Thunk, initial: Thunk, elements: Thunk): Value {
  const given = listOf(elements);
  if (given.kind === "unknown") return given;
  let result = initial.force();
  for (const element of given.elements) {
    if (!application.evaluation.spend(1)) return TOO_LONG;
    result = applied(application, callee, known(result), element);
  }
  return result;
}

function generated({ evaluation }: Application, first: bigint, count: bigint, compute: (index: Value) => Value): Value {
  if (count > GENERATED_AT_MOST) return unknown("a list in it is too long");
  const length = Number(count < 0n ? 0n : count);
  if (!evaluation.spend(length)) return TOO_LONG;
  const elements = Array.from({ length }, (_, index) => lazily(() => compute(integer(first + BigInt(index)))));
  return { kind: "list", elements };
}

/** `any` is decided by the first true answer, `all` by the first false one. */
function decided(application: Application, callee: Thunk, elements: Thunk, decisive: boolean): Value {
  const given = listOf(elements);
  if (given.kind === "unknown") return given;
  for (const element of given.elements) {
    const holds = booleanOf(lazily(() => applied(application, callee, element)));
    if (holds.kind === "unknown" || holds.value === decisive) return holds;
  }
  return boolean(!decisive);
}

function contains({ evaluation }: Application, wanted: Value, elements: Thunk): Value {
  const given = listOf(elements);
  if (given.kind === "unknown") return given;
  for (const element of given.elements) {
    if (!evaluation.spend(1)) return TOO_LONG;
    const same = equal(evaluation, wanted, element.force());
    if (same.kind !== "boolean" || same.value) return same;
  }
  return boolean(false);
}

function flattened(application: Application, value: Value): Value {
  const { evaluation } = application;
  if (value.kind !== "list") return value.kind === "unknown" ? value : { kind: "list", elements: [known(value)] };
  const elements: Thunk[] = [];
  for (const element of value.elements) {
    const inner = evaluation.deepen(() => flattened(application, element.force()));
    if (inner.kind !== "list") return inner;
    if (!evaluation.spend(inner.elements.length)) return TOO_LONG;
    for (const each of inner.elements) elements.push(each);
  }
  return { kind: "list", elements };
}

function withoutOne(application: Application, elements: Thunk, keep: (given: readonly Thunk[]) => Thunk[]): Value {
  const kept = keptOf(application, elements, keep);
  const given = listOf(elements);
  return given.kind === "list" && given.elements.length === 0 ? TOO_FEW : kept;
}

function sliced(
  application: Application,
  count: Thunk,
  elements: Thunk,
  slice: (given: readonly Thunk[], length: number) => Thunk[],
): Value {
  const length = integerOf(count);
  if (length.kind === "unknown") return length;
  return length.value < 0n ? NOT_TAKEN : keptOf(application, elements, (given) => slice(given, Number(length.value)));
}
