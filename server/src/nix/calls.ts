import { withParentheses } from "./call-arguments.ts";
import type { Consumer } from "./callee.ts";
import type { Evaluation } from "./evaluation.ts";
import type { SyntaxNode } from "./syntax.ts";
import type { Value } from "./value.ts";

/** What one call of a function that pulls images is given. `map pullImage [ … ]` counts as a call per element. */
export interface PullCall extends Consumer {
  /** The argument as written; the whole list for `map`. */
  readonly argument: SyntaxNode;
  readonly value: Value;
}

/** The calls of a consumer where an expression names it; none when it is not called there. */
export function callsOf(evaluation: Evaluation, expression: SyntaxNode, consumer: Consumer): readonly PullCall[] {
  const outer = withParentheses(expression);
  const apply = outer.parent;
  if (apply?.type !== "apply_expression") return [];
  if (outer.field === "function") return callOn(evaluation, consumer, apply.child("argument"));
  // `invalidateFetcherByDrvHash pullImage { … }` and `map pullImage [ … ]` pass what comes next on.
  const next = withParentheses(apply);
  if (next.field !== "function" || next.parent?.type !== "apply_expression") return [];
  return callOn(evaluation, consumer, next.parent.child("argument"));
}

function callOn(evaluation: Evaluation, consumer: Consumer, argument: SyntaxNode | null): PullCall[] {
  if (argument === null) return [];
  const value = evaluation.evaluate(argument, evaluation.scopeAt(argument));
  if (value.kind !== "list") return [{ ...consumer, argument, value }];
  return value.elements.map((element) => ({ ...consumer, argument, value: element.force() }));
}

/** The expression that an identifier is, or is the last name of; null when it is a key or a formal. */
export function namedExpression(name: SyntaxNode): SyntaxNode | null {
  const parent = name.parent;
  if (parent?.type === "variable_expression") return parent;
  const selection = parent?.parent;
  if (parent?.type !== "attrpath" || selection?.type !== "select_expression") return null;
  return parent.childrenOf("attr").at(-1) === name ? selection : null;
}
