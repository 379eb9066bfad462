import { bindingsOf, hasBrokenBindings, pathOf } from "./attribute-set.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Call, LexicalScope, Scope } from "./scope.ts";
import type { SyntaxNode } from "./syntax.ts";
import {
  type Attribute,
  argument,
  type FunctionValue,
  known,
  lazily,
  type SetValue,
  SYNTAX_ERROR,
  select,
  type Thunk,
  type Unknown,
  unknown,
  type Value,
  withoutPath,
} from "./value.ts";

/** One name in a function's header, with its default if it has one. */
export interface Formal {
  readonly node: SyntaxNode;
  readonly name: string;
  readonly fallback: SyntaxNode | null;
}

/** The names that a function takes out of a set; null for one that takes anything. */
export function formalsOf(node: SyntaxNode): readonly Formal[] | null {
  const formals = node.child("formals");
  if (formals === null) return null;
  return formals.childrenOf("formal").flatMap((formal) => {
    const name = formal.child("name");
    return name === null ? [] : [{ node: formal, name: name.text, fallback: formal.child("default") }];
  });
}

/** The scope of a function that is read where it stands, without its being called: defaults are what it is given. */
export function functionScope(
  evaluation: Evaluation,
  node: SyntaxNode,
  outer: Scope | null,
  callsOf: (node: SyntaxNode) => readonly SyntaxNode[],
): LexicalScope {
  const variables = new Map<string, Attribute>();
  const scope: LexicalScope = { kind: "lexical", outer, binder: node, variables, call: null };
  for (const { node: formal, name, fallback } of formalsOf(node) ?? []) {
    const value =
      fallback === null
        ? known(argument(name))
        : lazily(() => {
            const overridden = callsOf(node).some((given) => mayPass(evaluation, given, name));
            if (overridden) return unknown(`"${name}" is an argument that is given in a call in this file`);
            return asDefault(evaluation.evaluate(fallback, scope));
          });
    variables.set(name, { value, definitions: [formal], duplicate: false });
  }
  const universal = node.child("universal");
  if (universal !== null) {
    const name = universal.text;
    variables.set(name, { value: known(argument(name)), definitions: [universal], duplicate: false });
  }
  return scope;
}

/** The scope of one call of a function; unknown when Nix would refuse the call, or what it is given can't be read. */
export function callScope(evaluation: Evaluation, callee: FunctionValue, call: Call): LexicalScope | Unknown {
  const { node, scope: outer } = callee;
  if (hasBrokenBindings(node)) return SYNTAX_ERROR;
  const variables = new Map<string, Attribute>();
  const scope: LexicalScope = { kind: "lexical", outer, binder: node, variables, call };
  const formals = formalsOf(node);
  if (formals !== null) {
    const given = givenTo(formals, node, call.argument.force());
    if (given.kind === "unknown") return given;
    evaluation.spend(formals.length);
    for (const formal of formals) {
      const value = passed(evaluation, given, formal, scope);
      variables.set(formal.name, { value, definitions: [formal.node], duplicate: false });
    }
  }
  const universal = node.child("universal");
  if (universal !== null) {
    variables.set(universal.text, { value: call.argument, definitions: [universal], duplicate: false });
  }
  return scope;
}

/** The set that formals are matched against, as Nix checks it. */
function givenTo(formals: readonly Formal[], node: SyntaxNode, given: Value): SetValue | Unknown {
  if (given.kind === "unknown") return { kind: "set", attributes: new Map(), unlisted: given };
  if (given.kind !== "set") return unknown("the function takes a set and is given something else");
  const { attributes, unlisted } = given;
  const missing = formals.find(({ name, fallback }) => fallback === null && !attributes.has(name));
  if (missing !== undefined && unlisted === null) return unknown(`the function is not given "${missing.name}"`);
  if (node.child("formals")?.child("ellipses") !== null) return given;
  const names = new Set(formals.map(({ name }) => name));
  for (const name of attributes.keys()) {
    if (!names.has(name)) return unknown(`the function does not take "${name}"`);
  }
  return given;
}

function passed(evaluation: Evaluation, given: SetValue, formal: Formal, scope: Scope): Thunk {
  const { name, fallback } = formal;
  const attribute = given.attributes.get(name);
  if (attribute !== undefined) return attribute.value;
  if (fallback === null) return known(select(given, name) ?? SYNTAX_ERROR);
  if (given.unlisted !== null) return known(withoutPath(given.unlisted));
  return lazily(() => evaluation.evaluate(fallback, scope));
}

/** A default that other callers may replace. */
export function asDefault(value: Value): Value {
  if (value.kind !== "string") return value;
  return { ...value, isDefault: true };
}

/** Whether what is given to a function may have an attribute of this name. */
function mayPass(evaluation: Evaluation, given: SyntaxNode, name: string): boolean {
  if (given.type !== "attrset_expression") return true;
  return bindingsOf(given).some((binding) => {
    const keys = binding.type === "binding" ? pathOf(binding).slice(0, 1) : binding.child("attrs")?.childrenOf("attr");
    return keys?.some((key) => key.type !== "identifier" || evaluation.textOf(key) === name) ?? true;
  });
}
