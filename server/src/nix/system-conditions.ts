import { pathOf } from "./attribute-set.ts";
import type { Evaluation } from "./evaluation.ts";
import type { SyntaxNode } from "./syntax.ts";
import { SYSTEMS } from "./systems.ts";

/** What must hold for an expression to be used: a condition, or that the system is the one that names an attribute. */
type Requirement =
  | { readonly kind: "condition"; readonly expression: SyntaxNode; readonly holds: boolean }
  | { readonly kind: "system"; readonly system: string };

const CONDITIONAL = /(?:^|\.)(?:mkIf|optional|optionals|optionalAttrs|optionalString)$/;

/**
 * Whether an expression is used on the system of an evaluation, as far as `if`, `mkIf` and the like and attributes with the
 * names of systems around it tell.
 *
 * @param anywhere an evaluation without a system, which tells the conditions that depend on it
 */
export function isUsedOnSystem(node: SyntaxNode, evaluation: Evaluation, anywhere: Evaluation): boolean {
  return requirementsOf(node).every((requirement) => {
    if (requirement.kind === "system") return requirement.system === evaluation.system;
    const { expression, holds } = requirement;
    if (truthOf(anywhere, expression) !== null) return true;
    const value = truthOf(evaluation, expression);
    return value === null || value === holds;
  });
}

/** Whether it depends on the system that an expression is used. */
export function isSystemAsked(node: SyntaxNode, anywhere: Evaluation): boolean {
  return requirementsOf(node).some(
    (requirement) => requirement.kind === "condition" && truthOf(anywhere, requirement.expression) === null,
  );
}

/** The system that the attribute around an expression has as its name; null if there is none. */
export function systemNaming(node: SyntaxNode): string | null {
  for (const requirement of requirementsOf(node)) if (requirement.kind === "system") return requirement.system;
  return null;
}

function truthOf(evaluation: Evaluation, expression: SyntaxNode): boolean | null {
  const value = evaluation.evaluate(expression, evaluation.scopeAt(expression));
  return value.kind === "boolean" ? value.value : null;
}

const LEVELS_LOOKED_AT = 200;

/** The requirements around an expression, the closest first. */
function requirementsOf(node: SyntaxNode): Requirement[] {
  const found: Requirement[] = [];
  let at = node;
  for (let level = 0; at.parent !== null && level < LEVELS_LOOKED_AT; level++) {
    const { parent, field } = at;
    if (parent.type === "if_expression") {
      const expression = parent.child("condition");
      const holds = field === "consequence";
      if (expression !== null && (holds || field === "alternative"))
        found.push({ kind: "condition", expression, holds });
    } else if (parent.type === "apply_expression" && field === "argument") {
      const called = parent.child("function");
      const [name, expression] = [called?.child("function"), called?.child("argument")];
      const isNamed = name?.type === "variable_expression" || name?.type === "select_expression";
      if (name && expression && isNamed && CONDITIONAL.test(name.text))
        found.push({ kind: "condition", expression, holds: true });
    } else if (parent.type === "binding" && field === "expression") {
      const system = pathOf(parent)
        .map(nameOf)
        .find((name) => SYSTEMS.includes(name));
      if (system !== undefined) found.push({ kind: "system", system });
    }
    at = parent;
  }
  return found;
}

function nameOf(key: SyntaxNode): string {
  return key.text.replace(/^"(.*)"$/, "$1");
}
