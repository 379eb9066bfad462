import { evaluateBindings, hasBrokenBindings, isOverriding } from "./attribute-set.ts";
import type { Evaluation } from "./evaluation.ts";
import { functionScope } from "./functions.ts";
import type { LexicalScope, Scope } from "./scope.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type Attribute, lazily, SYNTAX_ERROR } from "./value.ts";

/** Whether a child of an expression sees names that the expression binds. */
export function binds(binder: SyntaxNode, within: SyntaxNode): boolean {
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

/** The scope that an expression opens; that of a function is the one of reading it where it stands. */
export function newScope(
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
