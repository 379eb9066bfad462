import { join } from "node:path";
import type { SyntaxNode } from "../../server/src/nix/syntax.ts";

/** What a file gets from outside, by its usual names; everything else can be called and put in a string. */
const OUTSIDE = join(import.meta.dirname, "nixpkgs", "environment.nix");

/** A Nix expression for each of some expressions, seen from a node of a tree: only its lexical scope is kept around them. */
export function expressionInScope(text: string, node: SyntaxNode, expression: string, system: string): string {
  let scoped = expression;
  for (let at: SyntaxNode = node; at.parent !== null; at = at.parent) scoped = enclose(text, at.parent, at, scoped);
  return `let __given = (import (/. + ${JSON.stringify(OUTSIDE)}) { system = "${system}"; }).given; in ${scoped}`;
}

/** The expression that an attribute has, and the node whose scope it is in. */
export function definedExpression(text: string, definition: SyntaxNode): { node: SyntaxNode; expression: string } {
  const textOf = (node: SyntaxNode) => text.slice(node.start, node.end);
  if (definition.type === "binding") {
    const expression = definition.child("expression")!;
    return { node: expression, expression: textOf(expression) };
  }
  const inherit = definition.parent!.parent!;
  const source = inherit.child("expression");
  const name = textOf(definition);
  if (source !== null) return { node: source, expression: `(${textOf(source)}).${name}` };
  // A plain `inherit x` is seen from outside of the set or let that it stands in.
  return { node: inherit.parent!.parent!, expression: name };
}

function enclose(text: string, binder: SyntaxNode, within: SyntaxNode, inner: string): string {
  const textOf = (node: SyntaxNode) => text.slice(node.start, node.end);
  const bindings = binder.children.find(({ type }) => type === "binding_set");
  switch (binder.type) {
    case "let_expression":
    case "rec_attrset_expression":
      return bindings === undefined ? inner : `(let ${textOf(bindings)}\nin ${inner})`;
    case "with_expression":
      return within.field === "body" ? `(with ${textOf(binder.child("environment")!)}; ${inner})` : inner;
    case "function_expression": {
      const formals = binder.child("formals")?.childrenOf("formal") ?? [];
      const variables = formals.map((formal) => {
        const name = textOf(formal.child("name")!);
        const fallback = formal.child("default");
        return `${name} = ${fallback === null ? `__given "${name}"` : textOf(fallback)};`;
      });
      const universal = binder.child("universal");
      if (universal !== null) variables.push(`${textOf(universal)} = __given "${textOf(universal)}";`);
      return `(let ${variables.join(" ")} in ${inner})`;
    }
    default:
      return inner;
  }
}
