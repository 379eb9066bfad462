import { pathOf } from "./attribute-set.ts";
import type { Identifiers } from "./identifiers.ts";
import type { SyntaxNode } from "./syntax.ts";

const CALLS_LOOKED_AT = 200;

/**
 * Gives what the calls in the same file pass to a function: called where it stands, by the name it is bound to, or by
 * way of `callPackage function { … }`. One that is called in too many places counts as given itself, an unknown thing.
 */
export function callArgumentsOf(
  identifiers: Identifiers,
  root: SyntaxNode,
): (functionNode: SyntaxNode) => readonly SyntaxNode[] {
  return (functionNode) => {
    let outermost = withParentheses(functionNode);
    let position = 0;
    while (outermost.field === "body" && outermost.parent !== null) {
      // `f = a: { b ? 1 }: …` takes what `b` is from its second argument.
      if (outermost.parent.type === "function_expression") position++;
      outermost = withParentheses(outermost.parent);
    }
    const direct = argumentAt(outermost, position);
    const binding = outermost.parent;
    if (binding?.type !== "binding" || outermost.field !== "expression") return direct;
    const key = pathOf(binding).at(-1);
    if (key?.type !== "identifier") return direct;
    const named = identifiers.named(key.text, 0, root.end, CALLS_LOOKED_AT);
    if (named === null) return [functionNode];
    return [...direct, ...named.flatMap((name) => argumentsOfUse(name, position))];
  };

  /** What a function is given where its name stands; itself, an unknown thing, where that can't be told. */
  function argumentsOfUse(name: SyntaxNode, position: number): readonly SyntaxNode[] {
    const reference = referenceOf(name);
    if (reference === null) return [];
    const { field, parent } = reference;
    if (field === "function" || field === "argument") return argumentAt(reference, position);
    const isExported = parent?.type === "binding" && parent.parent?.parent?.type !== "let_expression";
    return isExported ? [] : [reference];
  }

  function argumentAt(called: SyntaxNode, position: number): readonly SyntaxNode[] {
    const { field, parent } = called;
    if (field !== "argument" || parent?.type !== "apply_expression") {
      const argument = argumentsOf(called)[position];
      return argument === undefined ? [] : [argument];
    }
    const receiver = parent.child("function");
    const isCallPackage = receiver !== null && /\bcallPackages?$/.test(receiver.text);
    return isCallPackage && position === 0 ? argumentsOf(withParentheses(parent)) : [called];
  }
}

/** The variable or selection that an identifier is the last name of; null when it is neither. */
function referenceOf(identifier: SyntaxNode): SyntaxNode | null {
  const parent = identifier.parent;
  if (parent?.type === "variable_expression") return withParentheses(parent);
  if (parent?.type !== "attrpath" || parent.parent?.type !== "select_expression") return null;
  return parent.childrenOf("attr").at(-1) === identifier ? withParentheses(parent.parent) : null;
}

/** What a function is applied to, one after the other. */
function argumentsOf(called: SyntaxNode): SyntaxNode[] {
  const given: SyntaxNode[] = [];
  let at = called;
  while (at.field === "function" && at.parent?.type === "apply_expression") {
    const argument = at.parent.child("argument");
    if (argument !== null) given.push(argument);
    at = withParentheses(at.parent);
  }
  return given;
}

/** The expression with the parentheses around it. */
export function withParentheses(node: SyntaxNode): SyntaxNode {
  let outer = node;
  while (outer.parent?.type === "parenthesized_expression") outer = outer.parent;
  return outer;
}
