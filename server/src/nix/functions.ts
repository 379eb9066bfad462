import { bindingsOf, pathOf } from "./attribute-set.ts";
import type { Evaluation } from "./evaluation.ts";
import type { LexicalScope, Scope } from "./scope.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type Attribute, argument, known, lazily, unknown, type Value } from "./value.ts";

/** The scope of a function that is read where it stands, without its being called: defaults are what it is given. */
export function functionScope(
  evaluation: Evaluation,
  node: SyntaxNode,
  outer: Scope | null,
  callsOf: (node: SyntaxNode) => readonly SyntaxNode[],
): LexicalScope {
  const variables = new Map<string, Attribute>();
  const scope: LexicalScope = { kind: "lexical", outer, binder: node, variables, call: null };
  for (const formal of node.child("formals")?.childrenOf("formal") ?? []) {
    const name = formal.child("name");
    if (name === null) continue;
    const text = evaluation.textOf(name);
    const fallback = formal.child("default");
    const value =
      fallback === null
        ? known(argument(text))
        : lazily(() => {
            const overridden = callsOf(node).some((given) => mayPass(evaluation, given, text));
            if (overridden) return unknown(`"${text}" is an argument that is given in a call in this file`);
            return asDefault(evaluation.evaluate(fallback, scope), text);
          });
    variables.set(text, { value, definitions: [formal], duplicate: false });
  }
  const universal = node.child("universal");
  if (universal !== null) {
    const text = evaluation.textOf(universal);
    variables.set(text, { value: known(argument(text)), definitions: [universal], duplicate: false });
  }
  return scope;
}

function asDefault(value: Value, name: string): Value {
  if (value.kind !== "string") return value;
  return { ...value, blocked: `it is the default of the argument "${name}", which callers may give another value` };
}

/** Whether what is given to a function may have an attribute of this name. */
function mayPass(evaluation: Evaluation, given: SyntaxNode, name: string): boolean {
  if (given.type !== "attrset_expression") return true;
  return bindingsOf(given).some((binding) => {
    const keys = binding.type === "binding" ? pathOf(binding).slice(0, 1) : binding.child("attrs")?.childrenOf("attr");
    return keys?.some((key) => key.type !== "identifier" || evaluation.textOf(key) === name) ?? true;
  });
}
