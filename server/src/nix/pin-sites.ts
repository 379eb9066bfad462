import { pathOf } from "./attribute-set.ts";
import { withParentheses } from "./call-arguments.ts";
import { type ConsumerUse, calleeAround, changerOf, consumerOf } from "./callee.ts";
import { callsOf, namedExpression, type PullCall } from "./calls.ts";
import { type Evaluation, keyName } from "./evaluation.ts";
import type { Identifiers } from "./identifiers.ts";
import type { Callee } from "./pin.ts";
import { type SyntaxNode, unparenthesized } from "./syntax.ts";
import { type Attribute, type Definition, SYNTAX_ERROR, select, unknown, type Value } from "./value.ts";

/** Where a pin stands, before its attributes are read. */
export interface PinSite {
  /** The attribute set; for `images.app.imageDigest = …` that binding; else what a call is given. */
  readonly node: SyntaxNode;
  readonly callee: Callee;
  /** What the callee gets: the set, merged with others where it is. */
  readonly value: Value;
  readonly isCalled: boolean;
}

/**
 * All places in a text that fix an image, in its order.
 *
 * @param argumentsOf what calls in the text give to a function
 */
export function findPinSites(
  evaluation: Evaluation,
  identifiers: Identifiers,
  argumentsOf: (functionNode: SyntaxNode) => readonly SyntaxNode[],
): PinSite[] {
  const digests: SyntaxNode[] = [];
  const calls: PullCall[] = [];
  const uses: ConsumerUse[] = [];
  const broken: PinSite[] = [];
  for (const match of evaluation.text.matchAll(landmarks(evaluation))) {
    if (match[0] !== "imageDigest") {
      const expression = namedExpression(identifiers.nodeAt(match.index));
      const consumer = expression === null ? null : consumerOf(evaluation, expression);
      if (expression === null || consumer === null) continue;
      uses.push({ ...consumer, offset: match.index });
      for (const call of callsOf(evaluation, expression, consumer)) calls.push(call);
      continue;
    }
    const node = identifiers.nodeAt(match.index);
    const definition = definitionOf(node);
    if (definition !== null) digests.push(definition);
    else if (isTornOut(node)) broken.push(siteOf(node, SYNTAX_ERROR));
  }
  const callsByDigest = new Map<Definition, PullCall[]>();
  const sites = [...broken];
  for (const call of calls) {
    const definition = digestOf(call.value)?.definitions[0];
    const earlier = definition === undefined ? undefined : callsByDigest.get(definition);
    if (definition === undefined) sites.push(...siteWithoutDigest(call, digests));
    else if (earlier === undefined) callsByDigest.set(definition, [call]);
    else earlier.push(call);
  }
  const wrapped = wrappedDigests(evaluation, identifiers, argumentsOf, uses);
  for (const definition of digests) {
    const calls = callsByDigest.get(definition) ?? [];
    for (const site of sitesOfDigest(evaluation, definition, calls, uses, wrapped)) sites.push(site);
  }
  return sites.sort((one, other) => one.node.start - other.node.start);
}

/** The words that pins stand at: the digest's key, and the names of functions that take pins. */
function landmarks({ extraCallees }: Evaluation): RegExp {
  const names = extraCallees.flatMap(([name]) => (name !== undefined && /^[a-zA-Z_][\w'-]*$/.test(name) ? [name] : []));
  // Others than these may end in what is no end of a word; what lies inside a longer name is not taken for it later on.
  return new RegExp(["\\b(?:imageDigest|pullImage(?:FromManifest)?)\\b", ...new Set(names)].join("|"), "g");
}

function digestOf(value: Value): Attribute | undefined {
  return value.kind === "set" ? value.attributes.get("imageDigest") : undefined;
}

function siteOf(node: SyntaxNode, value: Value, callee: Callee = "dockerTools.pullImage", isCalled = false): PinSite {
  return { node, value, callee, isCalled };
}

/** The binding, or the name in an `inherit`, of which a node is the last key, if that is in an attribute set. */
function definitionOf(leaf: SyntaxNode): SyntaxNode | null {
  const key = leaf.type === "string_fragment" ? leaf.parent : leaf;
  const isWholeKey = key !== null && key.end - key.start === "imageDigest".length + (key === leaf ? 0 : 2);
  if (key === null || !isWholeKey || key.field !== "attr" || key.parent === null) return null;
  const definition = key.parent.type === "inherited_attrs" ? key : key.parent.parent;
  if (definition === null || (definition !== key && definition.type !== "binding")) return null;
  const path = definition === key ? [key] : pathOf(definition);
  const container = containerOf(definition);
  if (path.at(-1) !== key || container === null) return null;
  return container.type === "let_expression" && path.length === 1 ? null : definition;
}

/** The set or `let` that a binding or inherited name is in; null when a syntax error has torn it out. */
function containerOf(definition: SyntaxNode): SyntaxNode | null {
  let at = definition.parent;
  while (at !== null && /^(?:inherited_attrs|inherit|inherit_from|binding_set)$/.test(at.type)) at = at.parent;
  return at !== null && /^(?:rec_attrset|attrset|let)_expression$/.test(at.type) ? at : null;
}

/** A key that is in no set any more because a syntax error has swallowed the set's edges. */
function isTornOut(key: SyntaxNode): boolean {
  if (key.type !== "identifier") return false;
  for (let at = key.parent; at !== null; at = at.parent) {
    if (at.type === "ERROR") return true;
    if (!/^(?:attrpath|binding|binding_set)$/.test(at.type)) return false;
  }
  return false;
}

/** A call whose argument has no digest that is written in this file. */
function siteWithoutDigest(call: PullCall, digests: readonly SyntaxNode[]): PinSite[] {
  const { argument, value, callee, certain } = call;
  const isKnown = value.kind === "set" && value.unlisted === null;
  const isIncomplete = isKnown && value.attributes.has("imageName");
  const isUnread = certain && (value.kind === "unknown" || (value.kind === "set" && value.unlisted !== null));
  // What a digest is written in is listed by itself.
  const holdsDigest = digests.some(({ start }) => argument.start <= start && start < argument.end);
  return isIncomplete || (isUnread && !holdsDigest) ? [siteOf(unparenthesized(argument), value, callee, true)] : [];
}

function sitesOfDigest(
  evaluation: Evaluation,
  definition: SyntaxNode,
  calls: readonly PullCall[],
  uses: readonly ConsumerUse[],
  wrapped: ReadonlyMap<Definition, Callee>,
): PinSite[] {
  const container = containerOf(definition);
  if (container === null) return [];
  const isPath = definition.type === "binding" && pathOf(definition).length > 1;
  const node = isPath ? definition : container;
  const [first, ...others] = calls;
  if (first !== undefined && others.every(({ value }) => value === first.value)) {
    return [siteOf(node, first.value, first.callee, true)];
  }
  // Calls that add different things to the same digest are pins of their own.
  if (first !== undefined)
    return calls.map((call) => siteOf(unparenthesized(call.argument), call.value, call.callee, true));
  const value = isPath ? valueAlong(evaluation, definition, -1) : valueOfSet(evaluation, container);
  const digest = digestOf(value);
  // Overridden by a merge, or the second of two.
  const isOvershadowed = digest !== undefined && digest.definitions[0] !== definition;
  if (isOvershadowed) return [];
  const isGiven = wrapped.has(definition) || changerOf(evaluation, withMerges(node)) !== null;
  const callee = wrapped.get(definition) ?? calleeAround(evaluation, node, uses);
  return [siteOf(node, isGiven ? asGiven(value) : value, callee)];
}

/** A set as it may become in the hands of a function that it is given to. */
function asGiven(value: Value): Value {
  if (value.kind !== "set" || value.unlisted !== null) return value;
  return { ...value, unlisted: unknown("the function that the set is given to may add it") };
}

/** The digests of sets that are given, by name or as written, to functions of this file that mention a consumer, and that. */
function wrappedDigests(
  evaluation: Evaluation,
  identifiers: Identifiers,
  argumentsOf: (functionNode: SyntaxNode) => readonly SyntaxNode[],
  uses: readonly ConsumerUse[],
): ReadonlyMap<Definition, Callee> {
  const wrappers = new Map<SyntaxNode, Callee>();
  const passed = new Set<SyntaxNode>();
  for (const { offset, callee } of uses) {
    for (let at: SyntaxNode | null = identifiers.nodeAt(offset); at !== null && !passed.has(at); at = at.parent) {
      passed.add(at);
      if (at.type === "function_expression") wrappers.set(at, callee);
    }
  }
  const digests = new Map<Definition, Callee>();
  for (const [wrapper, callee] of wrappers) {
    for (const given of argumentsOf(wrapper)) {
      const definition = digestOf(evaluation.evaluate(given, evaluation.scopeAt(given)))?.definitions[0];
      if (definition !== undefined) digests.set(definition, callee);
    }
  }
  return digests;
}

/** The value of a set with what it is merged with where it stands. */
function valueOfSet(evaluation: Evaluation, set: SyntaxNode): Value {
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
function valueAlong(evaluation: Evaluation, binding: SyntaxNode, end: number | undefined): Value {
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
