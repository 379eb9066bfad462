import type { Evaluation } from "../evaluation.ts";
import type { Call } from "../scope.ts";
import {
  type BuiltinValue,
  known,
  type StringValue,
  type Thunk,
  type Unknown,
  unknown,
  type Value,
  withoutPath,
} from "../value.ts";

/** What a function of Nix or of nixpkgs' `lib` needs besides its arguments. */
export interface Application {
  readonly evaluation: Evaluation;
  /** The call that gives it its last argument. */
  readonly call: Call;
  /** The function of Nix or nixpkgs that a path stands for; else null. */
  readonly builtinAt: (path: readonly string[]) => BuiltinValue | null;
}

/** A function's rule. As many arguments as it takes follow the first parameter. */
export type Rule = (application: Application, ...given: Thunk[]) => Value;

export type Rules = Readonly<Record<string, Rule>>;

export const NOT_TAKEN = unknown("a function in it is given what it does not take");
export const TOO_FEW = unknown("a list in it has too few elements");
export const TOO_LONG = unknown("it takes too long to work out");

/** What a function gives that was passed to another one. */
export function applied({ evaluation, call }: Application, callee: Thunk, ...given: readonly Thunk[]): Value {
  let value = callee.force();
  for (const argument of given) value = evaluation.apply(value, argument, call.node, call.scope);
  return value;
}

type ValueOf<K extends Value["kind"]> = Extract<Value, { readonly kind: K }>;

function forced<K extends Value["kind"]>(thunk: Thunk, kind: K): ValueOf<K> | Unknown {
  const value = thunk.force();
  if (value.kind === kind) return value as ValueOf<K>;
  return value.kind === "unknown" ? withoutPath(value) : NOT_TAKEN;
}

export const listOf = (thunk: Thunk) => forced(thunk, "list");
export const setOf = (thunk: Thunk) => forced(thunk, "set");
export const stringOf = (thunk: Thunk) => forced(thunk, "string");
export const integerOf = (thunk: Thunk) => forced(thunk, "integer");
export const booleanOf = (thunk: Thunk) => forced(thunk, "boolean");

/** A list of which some elements stay, as many steps as it has. */
export function keptOf(
  { evaluation }: Application,
  thunk: Thunk,
  keep: (elements: readonly Thunk[]) => Thunk[],
): Value {
  const given = forced(thunk, "list");
  if (given.kind === "unknown") return given;
  return evaluation.spend(given.elements.length / ELEMENTS_PER_STEP)
    ? { kind: "list", elements: keep(given.elements) }
    : TOO_LONG;
}

/** What copying costs. */
const ELEMENTS_PER_STEP = 4;

/** A list of strings; unknown if it or one of them is. */
export function stringsOf({ evaluation }: Application, thunk: Thunk): readonly StringValue[] | Unknown {
  const list = listOf(thunk);
  if (list.kind === "unknown") return list;
  if (!evaluation.spend(list.elements.length)) return TOO_LONG;
  const strings: StringValue[] = [];
  for (const element of list.elements) {
    const string = stringOf(element);
    if (string.kind === "unknown") return string;
    strings.push(string);
  }
  return strings;
}

export function isUnknown(value: readonly StringValue[] | Unknown): value is Unknown {
  return "kind" in value;
}

export function boolean(value: boolean): Value {
  return { kind: "boolean", value };
}

export function integer(value: bigint | number): Value {
  return { kind: "integer", value: BigInt(value) };
}

export function list(values: readonly Value[]): Value {
  return { kind: "list", elements: values.map(known) };
}
