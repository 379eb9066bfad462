import { evaluateBindings, evaluateSet, hasBrokenBindings, isOverriding } from "./attribute-set.ts";
import { fakeHash, globalValue } from "./builtins.ts";
import { type Evaluation, keyName } from "./evaluation.ts";
import { functionScope } from "./functions.ts";
import type { SyntaxTrees } from "./grammar.ts";
import { evaluateBinary, not } from "./operators.ts";
import { type LexicalScope, lookUp, type Scope } from "./scope.ts";
import type { SourceFiles } from "./source.ts";
import { evaluateString, tokenString } from "./strings.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type Attribute, external, lazily, SYNTAX_ERROR, select, type Thunk, unknown, type Value } from "./value.ts";

const DEPTH_LIMIT = 200;
const STEPS_AT_LEAST = 200_000;
const STEPS_PER_CHARACTER = 20;
const TOO_LONG = unknown("it takes too long to work out");
const TOO_DEEP = unknown("it is nested too deeply");

export interface EvaluationOptions {
  /** Of the files that the text refers to. */
  readonly trees: SyntaxTrees;
  readonly files: SourceFiles;
  /** As in `ReadingOptions`. */
  readonly extraCallees: readonly string[];
  /** As in `Evaluation`. */
  readonly system: string | null;
}

/**
 * A lazy evaluator of the expressions of one text. It never calls a function: what only a call would tell is unknown.
 * Steps are budgeted by the length of the text; every expression is evaluated at most once in its scope.
 *
 * @param callsOf the arguments that calls in the same file give to a function
 */
export function evaluationOf(
  root: SyntaxNode,
  callsOf: (functionNode: SyntaxNode) => readonly SyntaxNode[],
  { trees, files, extraCallees, system }: EvaluationOptions,
): Evaluation {
  const { text } = root.source;
  let stepsLeft = STEPS_AT_LEAST + STEPS_PER_CHARACTER * text.length;
  let depth = 0;
  const inScope = scopedMemo<Value>();
  const scopes = scopedMemo<Scope>();
  const scopesAt = new Map<SyntaxNode, Scope | null>();

  const evaluation: Evaluation = {
    text,
    system,
    files,
    extraCallees: extraCallees.map((path) => path.split(".").reverse()),
    textOf: (node) => node.text,
    literal: (node) => ({ file: node.source.file, range: { start: node.start, end: node.end } }),
    spend(steps) {
      stepsLeft -= steps;
      return stepsLeft > 0;
    },
    evaluate: (node, scope) =>
      bounded(() => inScope(node, scope, () => withFakeHash(evaluateNode(evaluation, node, scope), node))),
    evaluateVariable: (name, scope) => bounded(() => variableValue(evaluation, name, scope)),
    scopeAt,
    apply: (callee, _argument, node) => callWithout(callee, node),
    outsideCalls: () => [],
    isSystemWanted: () => false,
    importFile: () => {
      void trees;
      return unknown("it comes from another file");
    },
    enter(binder, within, outer) {
      if (!binds(binder, within)) return outer;
      return scopes(binder, outer, () => newScope(evaluation, binder, outer, callsOf));
    },
  };

  function scopeAt(node: SyntaxNode): Scope | null {
    const inside: SyntaxNode[] = [];
    let at: SyntaxNode | null = node;
    while (at !== null && !scopesAt.has(at)) {
      inside.push(at);
      at = at.parent;
    }
    let scope = (at === null ? null : scopesAt.get(at)) ?? null;
    for (const within of inside.reverse()) {
      if (within.parent !== null) scope = evaluation.enter(within.parent, within, scope);
      scopesAt.set(within, scope);
    }
    return scope;
  }

  function bounded(compute: () => Value): Value {
    if (!evaluation.spend(1)) return TOO_LONG;
    if (depth >= DEPTH_LIMIT) return TOO_DEEP;
    depth++;
    try {
      return compute();
    } finally {
      depth--;
    }
  }

  function withFakeHash(value: Value, node: SyntaxNode): Value {
    if (value.kind !== "unknown" || value.path === null) return value;
    const hash = fakeHash(value.path);
    return hash === null ? value : tokenString(hash, evaluation.literal(node));
  }

  return evaluation;
}

/** Remembers what was computed for a node in a scope. */
function scopedMemo<T>(): (node: SyntaxNode, scope: Scope | null, compute: () => T) => T {
  const results = new Map<SyntaxNode, { readonly scope: Scope | null; readonly result: T }>();
  return (node, scope, compute) => {
    const earlier = results.get(node);
    if (earlier !== undefined && earlier.scope === scope) return earlier.result;
    const result = compute();
    results.set(node, { scope, result });
    return result;
  };
}

/** Whether a child of an expression sees names that the expression binds. */
function binds(binder: SyntaxNode, within: SyntaxNode): boolean {
  switch (binder.type) {
    case "let_expression":
    case "rec_attrset_expression":
    case "let_attrset_expression":
    case "function_expression":
    case "ERROR":
      return true;
    case "with_expression":
      return within.field === "body";
    default:
      return false;
  }
}

function newScope(
  evaluation: Evaluation,
  binder: SyntaxNode,
  outer: Scope | null,
  callsOf: (functionNode: SyntaxNode) => readonly SyntaxNode[],
): Scope {
  if (hasBrokenBindings(binder) || binder.type === "let_attrset_expression") return { kind: "broken", outer };
  if (binder.type === "with_expression") {
    const environment = binder.child("environment");
    const value = () => (environment === null ? SYNTAX_ERROR : evaluation.evaluate(environment, outer));
    return { kind: "with", outer, environment: lazily(value) };
  }
  if (binder.type === "function_expression") return functionScope(evaluation, binder, outer, callsOf);
  const variables = new Map<string, Attribute>();
  const scope: LexicalScope = { kind: "lexical", outer, binder, variables, call: null };
  for (const [name, attribute] of evaluateBindings(evaluation, binder, scope, outer)) {
    variables.set(name, attribute);
  }
  if (isOverriding(binder, variables)) return { kind: "broken", outer };
  return scope;
}

function variableValue(evaluation: Evaluation, name: string, scope: Scope | null): Value {
  const found = lookUp(scope, name, () => evaluation.spend(1));
  if (found.kind === "broken") return SYNTAX_ERROR;
  if (found.kind === "free") return globalValue(name) ?? fromEnvironments(name, found.environments);
  const value = found.thunk.force();
  if (value.kind !== "string" || value.token === null) return value;
  return { ...value, variables: [...value.variables, found.variable] };
}

function fromEnvironments(name: string, environments: readonly Thunk[]): Value {
  for (const environment of environments) {
    const value = environment.force();
    if (value.kind === "unknown" && value.path === null) {
      return unknown(`"${name}" may come from a "with" whose set can't be read: ${value.reason}`);
    }
    const found = select(value, name);
    if (found !== null) return found;
  }
  return environments.length === 0
    ? unknown(`"${name}" is not defined in this file`, [name])
    : unknown(`"${name}" is not in any set opened by "with"`);
}

function evaluateNode(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  if (node.isError) return SYNTAX_ERROR;
  const part = (field: string, from: Scope | null = scope) => {
    const child = node.child(field);
    return child === null ? SYNTAX_ERROR : evaluation.evaluate(child, from);
  };
  switch (node.type) {
    case "string_expression":
    case "indented_string_expression":
      return node.hasError ? SYNTAX_ERROR : evaluateString(evaluation, node, scope);
    case "uri_expression":
      return tokenString(evaluation.textOf(node), evaluation.literal(node));
    case "integer_expression":
      return { kind: "integer", value: BigInt(evaluation.textOf(node)) };
    case "variable_expression":
      return evaluation.evaluateVariable(evaluation.textOf(node), scope);
    case "parenthesized_expression":
      return node.children.some(isErrorNode) ? SYNTAX_ERROR : part("expression");
    case "attrset_expression":
    case "rec_attrset_expression":
      return evaluateSet(evaluation, node, scope);
    case "list_expression":
      return { kind: "list", elements: elementsOf(evaluation, node, scope) };
    case "function_expression":
      return { kind: "function", node, scope };
    case "let_expression":
    case "with_expression":
    case "assert_expression": {
      if (node.type === "assert_expression" && isFalse(part("condition"))) return unknown("an assertion fails");
      const body = node.child("body");
      return body === null ? SYNTAX_ERROR : evaluation.evaluate(body, evaluation.enter(node, body, scope));
    }
    case "if_expression":
      return evaluateCondition(part);
    case "unary_expression":
      return evaluation.textOf(node).startsWith("!") ? not(part("argument")) : unknown("it is computed from numbers");
    case "binary_expression":
      return node.children.some(isErrorNode) ? SYNTAX_ERROR : evaluateBinary(evaluation, node, scope);
    case "select_expression":
      return evaluateSelection(evaluation, node, scope);
    case "has_attr_expression":
      return evaluateHasAttribute(evaluation, node, scope);
    case "apply_expression":
      return evaluateCall(evaluation, node, scope);
    case "spath_expression":
      return external([evaluation.textOf(node)]);
    case "path_expression":
    case "hpath_expression":
      return unknown("it is a path, not a string");
    case "ERROR":
      return SYNTAX_ERROR;
    default:
      return unknown("it is written in a way that is not read");
  }
}

function isErrorNode(node: SyntaxNode): boolean {
  return node.isError;
}

function elementsOf(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Thunk[] {
  return node.childrenOf("element").map((element) => lazily(() => evaluation.evaluate(element, scope)));
}

function isFalse(value: Value): boolean {
  return value.kind === "boolean" && !value.value;
}

function evaluateCondition(part: (field: string) => Value): Value {
  const condition = part("condition");
  if (condition.kind === "unknown") return unknown(condition.reason);
  if (condition.kind !== "boolean") return unknown("it depends on a condition that is not a boolean");
  return part(condition.value ? "consequence" : "alternative");
}

function evaluateSelection(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  const [expression, path, fallback] = [node.child("expression"), node.child("attrpath"), node.child("default")];
  if (expression === null || path === null || node.children.some(isErrorNode)) return SYNTAX_ERROR;
  let value = evaluation.evaluate(expression, scope);
  for (const key of path.childrenOf("attr")) {
    const selected = selectKey(evaluation, value, key, scope);
    if (selected === null || (fallback !== null && value.kind !== "set" && value.kind !== "unknown")) {
      if (fallback !== null) return evaluation.evaluate(fallback, scope);
      return unknown(`there is no attribute "${evaluation.textOf(key)}"`);
    }
    // With a default, something from outside may be either.
    if (fallback !== null && selected.kind === "unknown") return unknown(selected.reason);
    value = selected;
  }
  return value;
}

function selectKey(evaluation: Evaluation, value: Value, key: SyntaxNode, scope: Scope | null): Value | null {
  const name = keyName(evaluation, key, scope);
  if (typeof name === "string") return select(value, name);
  const reason = name === null ? "an attribute name is null" : keyReason(name);
  return unknown(
    reason,
    value.kind === "unknown" && value.path !== null ? [...value.path, evaluation.textOf(key)] : null,
  );
}

function keyReason(name: Value): string {
  return name.kind === "unknown" ? name.reason : "an attribute name is not a string";
}

function evaluateHasAttribute(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  const [expression, path] = [node.child("expression"), node.child("attrpath")];
  if (expression === null || path === null || node.children.some(isErrorNode)) return SYNTAX_ERROR;
  let value = evaluation.evaluate(expression, scope);
  const keys = path.childrenOf("attr");
  for (const [index, key] of keys.entries()) {
    if (value.kind === "unknown") return value;
    const name = keyName(evaluation, key, scope);
    if (typeof name !== "string") return unknown("it depends on a computed attribute name");
    if (value.kind !== "set") return { kind: "boolean", value: false };
    const attribute = value.attributes.get(name);
    if (attribute === undefined) return value.unlisted ?? { kind: "boolean", value: false };
    if (index < keys.length - 1) value = attribute.value.force();
  }
  return { kind: "boolean", value: true };
}

function callWithout(_callee: Value, _node: SyntaxNode): Value {
  return unknown("it is computed by a function");
}

/** A call is not made. What it gives stands for something from outside if the function does. */
function evaluateCall(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  const [functionNode, argument] = [node.child("function"), node.child("argument")];
  if (functionNode === null || argument === null) return SYNTAX_ERROR;
  const callee = evaluation.evaluate(functionNode, scope);
  let head = functionNode;
  for (let inner = head.child("function"); inner !== null; inner = inner.child("function")) head = inner;
  const written = evaluation.textOf(head);
  const reason =
    written.length > 60 || written.includes("\n") ? "it is computed by a function" : `it is computed by "${written}"`;
  if (callee.kind !== "unknown" || callee.path === null) return unknown(reason);
  if (callee.path.join(".") === "import") {
    const imported = evaluation.evaluate(argument, scope);
    const path = imported.kind === "unknown" ? imported.path : null;
    return unknown("it comes from another file", path);
  }
  return unknown(reason, [...callee.path.slice(0, -1), `${callee.path.at(-1)}(…)`]);
}
