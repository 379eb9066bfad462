import { calculate } from "../arithmetic.ts";
import { isLess } from "../comparison.ts";
import { formalsOf } from "../functions.ts";
import { plainString } from "../strings.ts";
import { type Attribute, known, lazily, type Thunk, type Unknown, unknown, type Value, withoutPath } from "../value.ts";
import {
  type Application,
  applied,
  boolean,
  booleanOf,
  integerOf,
  listOf,
  NOT_TAKEN,
  type Rules,
} from "./application.ts";

const TYPES: Readonly<Record<Exclude<Value["kind"], "unknown">, string>> = {
  string: "string",
  boolean: "bool",
  integer: "int",
  null: "null",
  list: "list",
  set: "set",
  path: "path",
  function: "lambda",
  builtin: "lambda",
};

const types: Rules = {
  isString: (application, value) => isOf(application, value, "string"),
  isAttrs: (application, value) => isOf(application, value, "set"),
  isList: (application, value) => isOf(application, value, "list"),
  isNull: (application, value) => isOf(application, value, "null"),
  isInt: (application, value) => isOf(application, value, "int"),
  isBool: (application, value) => isOf(application, value, "bool"),
  isPath: (application, value) => isOf(application, value, "path"),
  isFunction: (application, value) => isOf(application, value, "lambda"),
  isFloat: (application, value) => isOf(application, value, "float"),
  typeOf(application, value) {
    const found = typeName(application, value.force());
    return typeof found === "string" ? plainString(found) : found;
  },
  functionArgs,
};

const numbers: Rules = {
  add: (_, left, right) => calculate("+", left.force(), right.force()),
  sub: (_, left, right) => calculate("-", left.force(), right.force()),
  mul: (_, left, right) => calculate("*", left.force(), right.force()),
  div: (_, left, right) => calculate("/", left.force(), right.force()),
  lessThan: (_, left, right) => isLess(left.force(), right.force()),
};

const passing: Rules = {
  seq(_, first, value) {
    const forced = first.force();
    return forced.kind === "unknown" ? withoutPath(forced) : value.force();
  },
  deepSeq(_, first, value) {
    const forced = first.force();
    if (forced.kind === "unknown") return withoutPath(forced);
    // There may be an error somewhere inside.
    return forced.kind === "list" || forced.kind === "set" ? NOT_TAKEN : value.force();
  },
  trace: (_, _message, value) => value.force(),
};

const builtins: Rules = {
  ...types,
  ...numbers,
  ...passing,
  throw: () => ON_PURPOSE,
  abort: () => ON_PURPOSE,
};

const ON_PURPOSE = unknown("the code gives an error there");

const library: Rules = {
  ...types,
  ...numbers,
  ...passing,
  id: (_, value) => value.force(),
  const: (_, value, _other) => value.force(),
  flip: (application, callee, first, second) => applied(application, callee, second, first),
  pipe(application, value, callees) {
    const given = listOf(callees);
    if (given.kind === "unknown") return given;
    return given.elements.reduce<Value>((result, callee) => applied(application, callee, known(result)), value.force());
  },
  fix(application, callee) {
    const result: Thunk = lazily(() => applied(application, callee, result));
    return result.force();
  },
  min: (_, left, right) => chosen(left, right, true),
  max: (_, left, right) => chosen(left, right, false),
  warn: (_, _message, value) => value.force(),
  info: (_, _message, value) => value.force(),
  warnIf: (_, _condition, _message, value) => value.force(),
  warnIfNot: (_, _condition, _message, value) => value.force(),
  throwIf: (_, condition, _message, value) => unlessThrown(condition, true, value),
  throwIfNot: (_, condition, _message, value) => unlessThrown(condition, false, value),
};

/** Functions on values of any kind. */
export const VALUE_RULES = { builtins, library };

function isOf(application: Application, value: Thunk, type: string): Value {
  const found = typeName(application, value.force());
  return typeof found === "string" ? boolean(found === type) : found;
}

function typeName({ builtinAt }: Application, value: Value): string | Unknown {
  if (value.kind !== "unknown") return TYPES[value.kind];
  return value.path !== null && builtinAt(value.path) !== null ? "lambda" : withoutPath(value);
}

function chosen(left: Thunk, right: Thunk, smaller: boolean): Value {
  const less = isLess(left.force(), right.force());
  if (integerOf(left).kind === "unknown" || less.kind !== "boolean") return less.kind === "unknown" ? less : NOT_TAKEN;
  return less.value === smaller ? left.force() : right.force();
}

function unlessThrown(condition: Thunk, decisive: boolean, value: Thunk): Value {
  const holds = booleanOf(condition);
  return holds.kind === "boolean" && holds.value === decisive ? ON_PURPOSE : value.force();
}

function functionArgs({ call }: Application, callee: Thunk): Value {
  const given = callee.force();
  if (given.kind === "unknown") return withoutPath(given);
  if (given.kind === "builtin") return { kind: "set", attributes: new Map(), unlisted: null };
  if (given.kind !== "function") return NOT_TAKEN;
  const attributes = new Map<string, Attribute>();
  for (const { name, fallback } of formalsOf(given.node) ?? []) {
    attributes.set(name, { value: known(boolean(fallback !== null)), definitions: [call.node], duplicate: false });
  }
  return { kind: "set", attributes, unlisted: null };
}
