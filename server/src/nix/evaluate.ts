import { applyValue, evaluateApplication } from "./application.ts";
import { integerIn } from "./arithmetic.ts";
import { evaluateSet } from "./attribute-set.ts";
import { isGlobalName } from "./builtins/global-names.ts";
import type { Evaluation, OutsideCall } from "./evaluation.ts";
import type { SyntaxTrees } from "./grammar.ts";
import { type ImportFile, importsOf } from "./imports.ts";
import { binds, newScope } from "./new-scope.ts";
import { fakeHash } from "./nixpkgs.ts";
import { evaluateBinary, evaluateUnary } from "./operators.ts";
import { evaluatePath } from "./paths.ts";
import { type Call, lookUp, type Scope } from "./scope.ts";
import { scopedMemo } from "./scoped-memo.ts";
import { evaluateHasAttribute, evaluateSelection } from "./selection.ts";
import type { SourceFiles } from "./source.ts";
import { evaluateString, tokenString } from "./strings.ts";
import type { SyntaxNode } from "./syntax.ts";
import { asksForSystem, fixedSystemValue, systemValue } from "./systems.ts";
import { external, lazily, SYNTAX_ERROR, select, type Thunk, unknown, type Value } from "./value.ts";

const DEPTH_LIMIT = 400;
const STEPS_AT_LEAST = 200_000;
const STEPS_AT_MOST = 3_000_000;
const STEPS_PER_CHARACTER = 10;
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
 * A lazy evaluator of the expressions of one text and of what it refers to. Steps are budgeted by the length of the texts;
 * every expression is evaluated at most once in its scope.
 *
 * @param callsOf the arguments that calls in the same file give to a function
 */
export function evaluationOf(
  root: SyntaxNode,
  callsOf: (functionNode: SyntaxNode) => readonly SyntaxNode[],
  { trees, files, extraCallees, system }: EvaluationOptions,
): Evaluation {
  const { text } = root.source;
  let stepsLeft = STEPS_AT_LEAST;
  let stepsGranted = 0;
  let depth = 0;
  let isSystemWanted = false;
  const inScope = scopedMemo<Value>();
  const scopes = scopedMemo<Scope>();
  const scopesAt = new Map<SyntaxNode, Scope | null>();
  const outsideCalls = new Map<Thunk, OutsideCall>();

  const evaluation: Evaluation = {
    text,
    system,
    files,
    extraCallees: extraCallees.map((path) => path.split(".").reverse()),
    textOf: (node) => node.text,
    literal: (node) => ({ file: node.source.file, range: { start: node.start, end: node.end } }),
    spend(steps) {
      stepsLeft -= steps;
      if (stepsLeft < stepsGranted / 2) root.footprint.isCostly = true;
      return stepsLeft > 0;
    },
    evaluate: (node, scope) =>
      bounded(() => inScope(node, scope, () => withFakeHash(resolve(evaluateNode(evaluation, node, scope)), node))),
    evaluateVariable: (name, scope) => bounded(() => resolve(variableValue(evaluation, name, scope))),
    scopeAt,
    apply: (callee, argument, node, scope) => bounded(() => applied(callee, { node, scope, argument })),
    outsideCalls: () => [...outsideCalls.values()],
    isSystemWanted: () => isSystemWanted,
    importFile: (from, path) => bounded(() => importFile(from, path)),
    resolve,
    deepen: bounded,
    enter(binder, within, outer) {
      if (!binds(binder, within)) return outer;
      // What calls say of a function is known of the file that is read only.
      return scopes(binder, outer, () =>
        newScope(evaluation, binder, outer, binder.source === root.source ? callsOf : NO_CALLS),
      );
    },
  };
  const importFile: ImportFile = importsOf(evaluation, root, trees, (source) => grantSteps(source.text));
  grantSteps(text);

  function grantSteps(read: string): void {
    const steps = Math.min(STEPS_PER_CHARACTER * read.length, STEPS_AT_MOST - stepsGranted);
    stepsGranted += steps;
    stepsLeft += steps;
  }

  function applied(callee: Value, call: Call): Value {
    const value = applyValue(evaluation, callee, call, (outside) => {
      outsideCalls.set(call.argument, { ...call, callee: outside });
    });
    return resolve(value);
  }

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
    } catch (error) {
      // The limit leaves half of the usual stack; a caller may have used the rest.
      if (depth > 1 || !(error instanceof RangeError)) throw error;
      return TOO_DEEP;
    } finally {
      depth--;
    }
  }

  function resolve<T extends Value | null>(value: T): T | Value {
    if (value?.kind !== "unknown" || value.path === null) return value;
    const fixed = fixedSystemValue(value.path);
    if (fixed !== null) return fixed;
    if (!asksForSystem(value.path)) return value;
    if (system === null) isSystemWanted = true;
    return system === null ? value : (systemValue(value.path, system) ?? value);
  }

  function withFakeHash(value: Value, node: SyntaxNode): Value {
    if (value.kind !== "unknown" || value.path === null) return value;
    const hash = fakeHash(value.path);
    return hash === null ? value : tokenString(hash, evaluation.literal(node), 0);
  }

  return evaluation;
}

const NO_CALLS = () => [];

function variableValue(evaluation: Evaluation, name: string, scope: Scope | null): Value {
  const found = lookUp(scope, name, () => evaluation.spend(1));
  if (found.kind === "broken") return SYNTAX_ERROR;
  if (found.kind === "free") return globalValue(name) ?? fromEnvironments(name, found.environments);
  const value = found.thunk.force();
  if (value.kind !== "string" || (value.token === null && value.part === null)) return value;
  return { ...value, variables: [...value.variables, found.variable] };
}

/** The value of a name that Nix itself binds; null when it is none. */
function globalValue(name: string): Value | null {
  if (name === "true" || name === "false") return { kind: "boolean", value: name === "true" };
  if (name === "null") return { kind: "null" };
  return isGlobalName(name) ? external([name]) : null;
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
      return tokenString(evaluation.textOf(node), evaluation.literal(node), 0);
    case "integer_expression":
      return integerIn(evaluation.textOf(node));
    case "variable_expression":
      // One that the parser made up for a missing expression is empty.
      return node.start === node.end ? SYNTAX_ERROR : evaluation.evaluateVariable(evaluation.textOf(node), scope);
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
      return evaluateUnary(evaluation.textOf(node).startsWith("!"), part("argument"));
    case "binary_expression":
      return node.children.some(isErrorNode) ? SYNTAX_ERROR : evaluateBinary(evaluation, node, scope);
    case "select_expression":
      return evaluateSelection(evaluation, node, scope);
    case "has_attr_expression":
      return evaluateHasAttribute(evaluation, node, scope);
    case "apply_expression":
      return evaluateApplication(evaluation, node, scope);
    case "spath_expression":
      return external([evaluation.textOf(node)]);
    case "path_expression":
      return evaluatePath(evaluation, node, scope);
    case "hpath_expression":
      return unknown("it is a path in the home folder");
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
