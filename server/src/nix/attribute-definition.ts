import { pathOf } from "./attribute-set.ts";
import { withParentheses } from "./call-arguments.ts";
import { type Evaluation, keyName } from "./evaluation.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type Attribute, select, unknown, type Value } from "./value.ts";

/** The set or `let` that a binding or inherited name is in; null when a syntax error has torn it out. */
export function containerOf(definition: SyntaxNode): SyntaxNode | null {
  let at = definition.parent;
  while (at !== null && /^(?:inherited_attrs|inherit|inherit_from|binding_set)$/.test(at.type)) at = at.parent;
  return at !== null && /^(?:rec_attrset|attrset|let)_expression$/.test(at.type) ? at : null;
}

/** The value of a set with what it is merged with where it stands. */
export function valueOfSet(evaluation: Evaluation, set: SyntaxNode): Value {
  const whole = withMerges(set);
  if (whole !== set) return evaluation.evaluate(whole, evaluation.scopeAt(whole));
  const binding = set.parent;
  if (binding?.type === "binding") {
    const merged = rootAttribute(evaluation, binding);
    if (merged !== null && merged.definitions.length > 1) return valueAlong(evaluation, binding, undefined);
  }
  return evaluation.evaluate(set, evaluation.scopeAt(set));
}

/** The widest `a // b` that an expression is a side of. */
export function withMerges(expression: SyntaxNode): SyntaxNode {
  let at = withParentheses(expression);
  while (at.parent?.type === "binary_expression" && at.parent.children.some(({ type }) => type === "//")) {
    at = withParentheses(at.parent);
  }
  return at;
}

/** What stands at the path of a binding, or at the first part of it. */
export function valueAlong(evaluation: Evaluation, binding: SyntaxNode, end: number | undefined): Value {
  const scope = evaluation.scopeAt(binding);
  const [, ...keys] = pathOf(binding).slice(0, end);
  let value = rootAttribute(evaluation, binding)?.value.force() ?? unknown("an attribute name is computed");
  for (const key of keys) {
    const name = keyName(evaluation, key, scope);
    if (typeof name !== "string") return unknown("an attribute name is computed");
    value = select(value, name) ?? unknown(`there is no attribute "${name}"`);
  }
  return value;
}

/** The attribute of this name in the set that a binding's last key is in; null when there is none. */
export function valueBeside(evaluation: Evaluation, binding: SyntaxNode, name: string): Value | null {
  if (pathOf(binding).length > 1) return select(valueAlong(evaluation, binding, -1), name);
  const container = containerOf(binding);
  if (container === null || container.type === "let_expression") return null;
  return select(evaluation.evaluate(container, evaluation.scopeAt(container)), name);
}

/** The attribute that the first name of a binding's path defines in its set or `let`. */
function rootAttribute(evaluation: Evaluation, binding: SyntaxNode): Attribute | null {
  const container = containerOf(binding);
  const [key] = pathOf(binding);
  if (container === null || key === undefined) return null;
  const scope = evaluation.scopeAt(binding);
  const name = keyName(evaluation, key, scope);
  if (typeof name !== "string") return null;
  if (container.type === "let_expression") {
    return (scope?.kind === "lexical" ? scope.variables.get(name) : undefined) ?? null;
  }
  const set = evaluation.evaluate(container, evaluation.scopeAt(container));
  return (set.kind === "set" ? set.attributes.get(name) : undefined) ?? null;
}
