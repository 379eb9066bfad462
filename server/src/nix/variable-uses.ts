import { pathOf } from "./attribute-set.ts";
import { withParentheses } from "./call-arguments.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Identifiers } from "./identifiers.ts";
import { lookUp } from "./scope.ts";
import type { SyntaxNode } from "./syntax.ts";
import type { Variable } from "./value.ts";

const USES_LOOKED_AT = 1000;
const ALIASES_FOLLOWED = 10;
/**
 * Says whether a variable gives an attribute of pins its value and nothing else, so that pins are all that reads it. It may do
 * so by way of `later` variables, which functions take it as.
 */
export type IsOnlyUsedAs = (variable: Variable, attribute: string, later: readonly Variable[]) => boolean;

/** @param viewOf finds the identifiers of the file that a node is in */
export function variableUses(
  evaluation: Evaluation,
  viewOf: (node: SyntaxNode) => { readonly identifiers: Identifiers },
): IsOnlyUsedAs {
  const answers = new Map<SyntaxNode, Map<string, boolean>>();

  function isOnlyUsedAs(variable: Variable, attribute: string, later: readonly Variable[], aliases: number): boolean {
    if (aliases >= ALIASES_FOLLOWED) return false;
    const { name, binder } = variable;
    const key = [name, attribute, ...later.map((each) => `${each.name}:${each.binder.start}`)].join(" ");
    const known = answers.get(binder)?.get(key);
    if (known !== undefined) return known;
    const nodes = viewOf(binder).identifiers.named(name, binder.start, binder.end, USES_LOOKED_AT);
    const uses = nodes?.filter((node) => isUse(node) && binderOf(node, name) === binder) ?? null;
    const answer = uses?.every((use) => isUseAs(use, attribute, later, aliases)) ?? false;
    answers.set(binder, (answers.get(binder) ?? new Map<string, boolean>()).set(key, answer));
    return answer;
  }

  function binderOf(use: SyntaxNode, name: string): SyntaxNode | null {
    const found = lookUp(evaluation.scopeAt(scopedAs(use)), name, () => evaluation.spend(1));
    return found.kind === "variable" ? found.variable.binder : null;
  }

  function isUseAs(use: SyntaxNode, attribute: string, later: readonly Variable[], aliases: number): boolean {
    const key = attributeGiven(use);
    if (key === null) {
      const taken = formalTaking(wholeValueOf(use));
      return taken !== null && isOnlyUsedAs(taken, attribute, [], aliases + 1);
    }
    const container = containerOfBinding(use);
    const name = evaluation.textOf(key);
    if (container?.type === "let_expression") {
      return isOnlyUsedAs({ name, binder: container }, attribute, later, aliases + 1);
    }
    const isSame = name === attribute || (isHash(name) && isHash(attribute));
    return isSame || later.some((each) => each.name === name && isFunction(each.binder));
  }

  /** The variable as which a function of the text takes an expression that it is applied to: `pull "org/app" digest`. */
  function formalTaking(expression: SyntaxNode): Variable | null {
    const { parent, field } = expression;
    const called = parent?.type === "apply_expression" && field === "argument" ? parent.child("function") : null;
    if (called === null) return null;
    const callee = evaluation.evaluate(called, evaluation.scopeAt(called));
    const taken = callee.kind === "function" ? callee.node.child("universal") : null;
    return callee.kind === "function" && taken !== null ? { name: taken.text, binder: callee.node } : null;
  }

  return (variable, attribute, later) => isOnlyUsedAs(variable, attribute, later, 0);
}

function isHash(name: string): boolean {
  return /^(?:hash|sha256|outputHash)$/.test(name);
}

function isFunction(binder: SyntaxNode): boolean {
  return binder.type === "function_expression";
}

/** Whether an identifier reads a variable, rather than being a key or a formal. */
function isUse(identifier: SyntaxNode): boolean {
  if (identifier.parent?.type === "variable_expression") return true;
  return identifier.parent?.type === "inherited_attrs" && identifier.parent.parent?.type === "inherit";
}

/** Where a name is looked up: `inherit x` never sees the set or `let` that it stands in. */
function scopedAs(use: SyntaxNode): SyntaxNode {
  return use.parent?.type === "inherited_attrs" ? (containerOfBinding(use) ?? use) : use;
}

/** The key of the attribute or variable that has a variable as its whole value; null when the value is more than that. */
function attributeGiven(use: SyntaxNode): SyntaxNode | null {
  if (use.parent?.type === "inherited_attrs") return use;
  const value = wholeValueOf(use);
  return value.parent?.type === "binding" && value.field === "expression"
    ? (pathOf(value.parent).at(-1) ?? null)
    : null;
}

/** The expression that is nothing but a variable. */
function wholeValueOf(use: SyntaxNode): SyntaxNode {
  let value = withParentheses(use.parent ?? use);
  while (isWholeString(value.parent)) value = withParentheses(value.parent?.parent ?? value);
  return value;
}

/** `"${x}"`, which is x. */
function isWholeString(interpolation: SyntaxNode | null): boolean {
  return (
    interpolation?.type === "interpolation" &&
    interpolation.parent?.type === "string_expression" &&
    interpolation.parent.children.length === 1
  );
}

/** The set or `let` that a binding, or a name in an `inherit`, is in. */
export function containerOfBinding(node: SyntaxNode): SyntaxNode | null {
  let at: SyntaxNode | null = node;
  while (at !== null && at.type !== "binding_set") at = at.parent;
  return at?.parent ?? null;
}
