import { pathOf } from "./attribute-set.ts";
import { withParentheses } from "./call-arguments.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Identifiers } from "./identifiers.ts";
import { lookUp } from "./scope.ts";
import type { SyntaxNode } from "./syntax.ts";
import type { Variable } from "./value.ts";

const USES_LOOKED_AT = 1000;
const ALIASES_FOLLOWED = 10;
/** Says whether a variable gives attributes of certain names their values and nothing else, so that pins are all that reads it. */
export type IsOnlyUsedAs = (variable: Variable, names: readonly string[]) => boolean;

export function variableUses(evaluation: Evaluation, identifiers: Identifiers): IsOnlyUsedAs {
  const answers = new Map<SyntaxNode, Map<string, boolean>>();

  function isOnlyUsedAs(variable: Variable, names: readonly string[], aliases: number): boolean {
    const { name, binder } = variable;
    const key = [name, ...names].join(" ");
    const known = answers.get(binder)?.get(key);
    if (known !== undefined) return known;
    const nodes = identifiers.named(name, binder.start, binder.end, USES_LOOKED_AT);
    const uses = nodes?.filter((node) => isUse(node) && binderOf(node, name) === binder) ?? null;
    const answer = uses?.every((use) => isUseAs(use, names, aliases)) ?? false;
    answers.set(binder, (answers.get(binder) ?? new Map<string, boolean>()).set(key, answer));
    return answer;
  }

  function binderOf(use: SyntaxNode, name: string): SyntaxNode | null {
    const found = lookUp(evaluation.scopeAt(scopedAs(use)), name, () => evaluation.spend(1));
    return found.kind === "variable" ? found.variable.binder : null;
  }

  function isUseAs(use: SyntaxNode, names: readonly string[], aliases: number): boolean {
    const key = attributeGiven(use);
    if (key === null || aliases >= ALIASES_FOLLOWED) return false;
    const container = containerOfBinding(use);
    const name = evaluation.textOf(key);
    if (container?.type === "let_expression") return isOnlyUsedAs({ name, binder: container }, names, aliases + 1);
    return names.includes(name);
  }

  return (variable, names) => isOnlyUsedAs(variable, names, 0);
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
  let value = withParentheses(use.parent ?? use);
  while (isWholeString(value.parent)) value = withParentheses(value.parent?.parent ?? value);
  return value.parent?.type === "binding" && value.field === "expression"
    ? (pathOf(value.parent).at(-1) ?? null)
    : null;
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
