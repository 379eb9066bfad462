import { type Evaluation, keyName } from "./evaluation.ts";
import type { Scope } from "./scope.ts";
import type { SyntaxNode } from "./syntax.ts";
import {
  type Attribute,
  known,
  lazily,
  type SetValue,
  SYNTAX_ERROR,
  select,
  type Unknown,
  unknown,
  type Value,
} from "./value.ts";

/** One line of a set: `a.b.c = …;` or one name of an `inherit`. */
interface Definition {
  readonly path: readonly SyntaxNode[];
  /** How many names of the path lead to the set at hand. */
  readonly depth: number;
  /** The binding, or the name in an `inherit`. */
  readonly node: SyntaxNode;
  /** What is bound; null for a name in an `inherit`. */
  readonly expression: SyntaxNode | null;
  /** Of names computed in the path, and of what is bound. */
  readonly scope: Scope | null;
  readonly compute: () => Value;
}

/** The value of `{ … }` or `rec { … }`. */
export function evaluateSet(evaluation: Evaluation, node: SyntaxNode, outer: Scope | null): SetValue {
  const inner = evaluation.enter(node, node, outer);
  const set = attributesOf(evaluation, definitionsIn(evaluation, node, inner, outer));
  if (isOverriding(node, set.attributes)) return { kind: "set", attributes: new Map(), unlisted: OVERRIDING };
  return hasBrokenBindings(node) ? { ...set, unlisted: SYNTAX_ERROR } : set;
}

/**
 * The names that a `let` or `rec` binds, seen from within; `inner` is their own scope. Names computed in a `rec` set are
 * not among them.
 */
export function evaluateBindings(
  evaluation: Evaluation,
  node: SyntaxNode,
  inner: Scope | null,
  outer: Scope | null,
): ReadonlyMap<string, Attribute> {
  const { groups } = groupByName(evaluation, definitionsIn(evaluation, node, inner, outer));
  return attributesOfGroups(evaluation, groups);
}

const OVERRIDING = unknown("the set has __overrides");

/** Nix replaces attributes of a `rec` set by those in its `__overrides`. */
export function isOverriding(node: SyntaxNode, attributes: ReadonlyMap<string, Attribute>): boolean {
  return node.type === "rec_attrset_expression" && attributes.has("__overrides");
}

/** Whether a syntax error hides some of the bindings of an expression. */
export function hasBrokenBindings(node: SyntaxNode): boolean {
  const bindings = node.children.find(({ type }) => type === "binding_set" || type === "formals");
  return [node, ...node.children, ...(bindings?.children ?? [])].some((part) => part.isError);
}

/** The bindings below an expression that has a set of them. */
export function bindingsOf(node: SyntaxNode): readonly SyntaxNode[] {
  const bindingSet = node.children.find((child) => child.type === "binding_set");
  return bindingSet?.children.filter((child) => child.field === "binding") ?? [];
}

export function pathOf(binding: SyntaxNode): readonly SyntaxNode[] {
  const path = binding.children.find((child) => child.type === "attrpath");
  return path?.childrenOf("attr") ?? [];
}

function definitionsIn(
  evaluation: Evaluation,
  node: SyntaxNode,
  inner: Scope | null,
  outer: Scope | null,
): Definition[] {
  const definitions: Definition[] = [];
  for (const binding of bindingsOf(node)) {
    evaluation.spend(1);
    const expression = binding.child("expression");
    if (binding.type === "binding") {
      const compute = () => (expression === null ? SYNTAX_ERROR : evaluation.evaluate(expression, inner));
      definitions.push({ path: pathOf(binding), depth: 0, node: binding, expression, scope: inner, compute });
      continue;
    }
    const source = expression === null ? null : lazily(() => evaluation.evaluate(expression, inner));
    for (const name of binding.child("attrs")?.childrenOf("attr") ?? []) {
      const compute = () => inherited(evaluation, name, source?.force() ?? null, outer);
      definitions.push({ path: [name], depth: 0, node: name, expression: null, scope: outer, compute });
    }
  }
  return definitions;
}

function inherited(evaluation: Evaluation, key: SyntaxNode, source: Value | null, outer: Scope | null): Value {
  const name = keyName(evaluation, key, outer);
  if (typeof name !== "string") return unknown("it is inherited under a computed name");
  // Unlike the source of `inherit (source) x`, a plain `inherit x` never sees the set it stands in.
  if (source === null) return evaluation.evaluateVariable(name, outer);
  return (
    evaluation.resolve(select(source, name)) ?? unknown(`there is no attribute "${name}" in what it is inherited from`)
  );
}

function attributesOf(evaluation: Evaluation, definitions: readonly Definition[]): SetValue {
  const { groups, computed } = groupByName(evaluation, definitions);
  const attributes = attributesOfGroups(evaluation, groups);
  const unlisted = addComputed(evaluation, attributes, computed);
  return { kind: "set", attributes, unlisted };
}

function groupByName(evaluation: Evaluation, definitions: readonly Definition[]) {
  const groups = new Map<string, Definition[]>();
  const computed: Definition[] = [];
  for (const definition of definitions) {
    const key = definition.path[definition.depth];
    const name = key === undefined ? null : staticName(evaluation, key);
    const group = name === null ? computed : groups.get(name);
    if (group !== undefined) group.push(definition);
    else if (name !== null) groups.set(name, [definition]);
  }
  return { groups, computed };
}

function attributesOfGroups(
  evaluation: Evaluation,
  groups: ReadonlyMap<string, readonly Definition[]>,
): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  for (const [name, group] of groups) attributes.set(name, attributeOf(evaluation, group));
  return attributes;
}

/** A name that is written out, as Nix needs it in `let` and `rec`; null for a computed one. */
function staticName(evaluation: Evaluation, key: SyntaxNode): string | null {
  if (key.type === "interpolation" || key.children.some((child) => child.type === "interpolation")) return null;
  const name = keyName(evaluation, key, null);
  return typeof name === "string" ? name : null;
}

/** Adds attributes under computed names; gives the reason when one of the names can't be known. */
function addComputed(
  evaluation: Evaluation,
  attributes: Map<string, Attribute>,
  computed: readonly Definition[],
): Unknown | null {
  let unlisted: Unknown | null = null;
  for (const definition of computed) {
    const key = definition.path[definition.depth];
    const name = key === undefined ? SYNTAX_ERROR : keyName(evaluation, key, definition.scope);
    if (name === null) continue;
    if (typeof name !== "string") unlisted = unknown("the set has attributes with computed names");
    else if (!attributes.has(name)) attributes.set(name, attributeOf(evaluation, [definition]));
    else attributes.set(name, duplicate([definition]));
  }
  return unlisted;
}

function attributeOf(evaluation: Evaluation, group: readonly Definition[]): Attribute {
  const [first] = group;
  if (first === undefined) throw new Error("A group of definitions has at least one");
  if (group.length === 1 && isLast(first)) {
    return { value: lazily(first.compute), definitions: [first.node], duplicate: false };
  }
  const mergeable = group.every((each) => !isLast(each) || each.expression?.type === "attrset_expression");
  if (!mergeable) return duplicate(group);
  const value = lazily(() =>
    attributesOf(
      evaluation,
      group.flatMap((definition) => below(evaluation, definition)),
    ),
  );
  return { value, definitions: group.map(({ node }) => node), duplicate: false };
}

/** What a definition says of the attributes of its first name: Nix merges `a.b = 1; a = { c = 2; };`. */
function below(evaluation: Evaluation, definition: Definition): Definition[] {
  const { expression, scope } = definition;
  if (!isLast(definition)) return [{ ...definition, depth: definition.depth + 1 }];
  return expression === null ? [] : definitionsIn(evaluation, expression, scope, scope);
}

function isLast({ path, depth }: Definition): boolean {
  return depth >= path.length - 1;
}

function duplicate(group: readonly Definition[]): Attribute {
  return { value: known(unknown("it is defined twice")), definitions: group.map(({ node }) => node), duplicate: true };
}
