import { containerOf, valueAlong, valueOfSet, withMerges } from "./attribute-definition.ts";
import { pathOf } from "./attribute-set.ts";
import { type ConsumerUse, calleeAround, changerOf, consumerOf } from "./callee.ts";
import { callsMade, callsOf, namedExpression, type PullCall } from "./calls.ts";
import { driveCalls } from "./driven-calls.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Identifiers } from "./identifiers.ts";
import { type Callee, type FileRange, PIN_ATTRIBUTES } from "./pin.ts";
import {
  applicationOf,
  argumentPlace,
  digestDefinition,
  isWithin,
  keyOfPlace,
  type PinPlace,
  placeOfCall,
  placeOfDefinition,
  placeOfNode,
} from "./pin-place.ts";
import { literalKey } from "./strings.ts";
import { type SyntaxNode, unparenthesized } from "./syntax.ts";
import { type Definition, SYNTAX_ERROR, unknown, type Value } from "./value.ts";

/** Where a pin stands, before its attributes are read. */
export interface PinSite {
  /** The attribute set; for `images.app.imageDigest = …` that binding; else what a call is given. */
  readonly place: PinPlace;
  readonly callee: Callee;
  /** What the callee gets: the set, merged with others where it is. */
  readonly value: Value;
  /** The calls in the text that take it; none when it is just data as far as is seen. */
  readonly calls: readonly SyntaxNode[];
  /** What the consumer itself is given in functions of other files that call it. */
  readonly pulledThrough: readonly PinPlace[];
  /** What the first call is given where it is written; the place itself without a call. */
  readonly argument: PinPlace;
  /** Whether all that is said stands at the place. */
  readonly isWhole: boolean;
  /** The Nix system that its calls are for; null if they don't say. */
  readonly system: string | null;
}

/**
 * All places in a text that fix an image, in its order; places in other files, whose values calls in this one take, last.
 *
 * @param argumentsOf what calls in the text give to a function
 */
export function findPinSites(
  evaluation: Evaluation,
  identifiers: Identifiers,
  argumentsOf: (functionNode: SyntaxNode) => readonly SyntaxNode[],
): PinSite[] {
  const { digests, uses, sites, written, mentions } = landmarksIn(evaluation, identifiers);
  driveCalls(evaluation, identifiers, mentions);
  const made = callsMade(evaluation);
  const calls = distinctCalls(written, made);
  const taken = new Set<Definition>();
  const callsByPlace = new Map<string, PullCall[]>();
  for (const call of calls) {
    if (call.system !== null && evaluation.system !== null && call.system !== evaluation.system) continue;
    const definition = digestDefinition(call.value);
    if (definition === undefined) {
      if (isWrittenIn(call, evaluation)) sites.push(...siteWithoutDigest(call, digests));
      continue;
    }
    taken.add(definition);
    const key = keyOfPlace(placeOfCall(call, identifiers));
    const earlier = callsByPlace.get(key);
    if (earlier === undefined) callsByPlace.set(key, [call]);
    else earlier.push(call);
  }
  for (const group of callsByPlace.values()) {
    if (!group.every((call) => isReadElsewhere(call, evaluation))) sites.push(...sitesOfCalls(group, identifiers));
  }
  for (const call of [...written, ...made]) {
    const definition = digestDefinition(call.value);
    if (definition !== undefined) taken.add(definition);
  }
  const wrapped = wrappedDigests(evaluation, identifiers, argumentsOf, uses);
  for (const definition of digests) {
    if (!taken.has(definition)) sites.push(...sitesOfDigest(evaluation, definition, uses, wrapped));
  }
  return sites.sort(inOrderOf(evaluation));
}

/** What a text has at the words that pins stand at. */
interface Landmarks {
  readonly digests: SyntaxNode[];
  readonly uses: ConsumerUse[];
  /** Of digests that a syntax error has torn out of their sets. */
  readonly sites: PinSite[];
  /** The calls of consumers, as read where they stand. */
  readonly written: PullCall[];
  /** The expressions that name a consumer. */
  readonly mentions: SyntaxNode[];
}

function landmarksIn(evaluation: Evaluation, identifiers: Identifiers): Landmarks {
  const found: Landmarks = { digests: [], uses: [], sites: [], written: [], mentions: [] };
  for (const match of evaluation.text.matchAll(landmarks(evaluation))) {
    const node = identifiers.nodeAt(match.index);
    if (match[0] === "imageDigest") {
      const definition = definitionOf(node);
      if (definition !== null) found.digests.push(definition);
      else if (isTornOut(node)) found.sites.push(siteAt(node, SYNTAX_ERROR));
      continue;
    }
    const expression = namedExpression(node);
    const consumer = expression === null ? null : consumerOf(evaluation, expression);
    if (expression === null || consumer === null) continue;
    found.uses.push({ ...consumer, offset: match.index });
    found.mentions.push(expression);
    for (const call of callsOf(evaluation, expression, consumer)) found.written.push(call);
  }
  return found;
}

/** The calls that are made: in functions that are called only as their callers have it. */
function distinctCalls(written: readonly PullCall[], made: readonly PullCall[]): PullCall[] {
  const byCallers = new Set<SyntaxNode>();
  const inner = new Set<SyntaxNode>();
  for (const { node, inside, outermost } of made) {
    if (outermost.length > 0) inner.add(node);
    for (const call of inside) inner.add(call.node);
    for (const call of outermost) byCallers.add(call.node);
  }
  for (const node of inner) byCallers.add(node);
  const standing = new Set(written.map(({ node }) => node));
  return [
    ...written.filter(({ node }) => !byCallers.has(node)),
    ...made.filter(({ node, outermost }) =>
      outermost.length === 0
        ? !standing.has(node) && !byCallers.has(node)
        : !outermost.some((call) => inner.has(call.node)),
    ),
  ];
}

/** Whether a text has a call, or something of what it is given. */
function isWrittenIn({ node, value }: PullCall, { text }: Evaluation): boolean {
  if (node.source.text === text) return true;
  if (value.kind !== "set") return false;
  return SAID.some((name) => value.attributes.get(name)?.definitions.some(({ source }) => source.text === text));
}

/** Whether a call stands in another file, which says all of it by itself. */
function isReadElsewhere({ node, argument, value }: PullCall, evaluation: Evaluation): boolean {
  if (node.source.text === evaluation.text) return false;
  return valueKey(evaluation.evaluate(argument, evaluation.scopeAt(argument))) === valueKey(value);
}

function inOrderOf({ text }: Evaluation): (one: PinSite, other: PinSite) => number {
  const rank = ({ place }: PinSite) => (place.source.text === text ? 0 : 1);
  return (one, other) => rank(one) - rank(other) || one.place.start - other.place.start;
}

/** Where `calls` are made that stand elsewhere than the values. */
export function calledElsewhere({ place, calls }: PinSite): FileRange[] {
  const distinct = [...new Set(calls)].filter((call) => !isWithin(place, call) && !isWithin(placeOfNode(call), place));
  return distinct.map(({ source, start, end }) => ({ file: source.file, start, end }));
}

/** The words that pins stand at: the digest's key, and the names of functions that take pins. */
function landmarks({ extraCallees }: Evaluation): RegExp {
  const names = extraCallees.flatMap(([name]) => (name !== undefined && /^[a-zA-Z_][\w'-]*$/.test(name) ? [name] : []));
  // Others than these may end in what is no end of a word; what lies inside a longer name is not taken for it later on.
  return new RegExp(["\\b(?:imageDigest|pullImage(?:FromManifest)?)\\b", ...new Set(names)].join("|"), "g");
}

function siteAt(node: SyntaxNode, value: Value, callee: Callee = "dockerTools.pullImage"): PinSite {
  const place = placeOfNode(node);
  return { place, value, callee, calls: [], pulledThrough: [], argument: place, isWhole: true, system: null };
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
  const { value, callee, certain } = call;
  const isKnown = value.kind === "set" && value.unlisted === null;
  const isIncomplete = isKnown && value.attributes.has("imageName");
  const isUnread = certain && (value.kind === "unknown" || (value.kind === "set" && value.unlisted !== null));
  // What a digest is written in is listed by itself.
  const argument = call.outermost.length === 0 ? call.argument : applicationOf(call);
  const holdsDigest = digests.some(({ start }) => argument.start <= start && start < argument.end);
  if (!isIncomplete && (!isUnread || holdsDigest)) return [];
  const place = argumentPlace(call);
  return [
    {
      place,
      value,
      callee,
      calls: [applicationOf(call)],
      pulledThrough: pulledThrough([call]),
      argument: place,
      isWhole: true,
      system: call.system,
    },
  ];
}

/** The pins of calls that take their values from one place: one, unless they add different things. */
function sitesOfCalls(calls: readonly PullCall[], identifiers: Identifiers): PinSite[] {
  const bySaying = new Map<string, PullCall[]>();
  for (const call of calls) {
    const key = calls.length === 1 ? "" : `${call.callee} ${valueKey(call.value)}`;
    const same = bySaying.get(key);
    if (same === undefined) bySaying.set(key, [call]);
    else same.push(call);
  }
  return [...bySaying.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const place = bySaying.size === 1 ? placeOfCall(first, identifiers) : argumentPlace(first);
    const { value, callee, system } = first;
    const argument = argumentPlace(first);
    const isWhole = isWholeAt(place, value);
    const through = pulledThrough(same);
    return [
      { place, value, callee, calls: same.map(applicationOf), pulledThrough: through, argument, isWhole, system },
    ];
  });
}

/** The argument of the consumer, and the set in it that has the digest, where another file than that of the call has them. */
function pulledThrough(calls: readonly PullCall[]): PinPlace[] {
  return calls.flatMap((call) => {
    const { file } = applicationOf(call).source;
    if (call.argument.source.file === file) return [];
    const definition = digestDefinition(call.value);
    const set = definition === undefined ? null : placeOfDefinition(definition);
    return [placeOfNode(unparenthesized(call.argument)), ...(set === null || set.source.file === file ? [] : [set])];
  });
}

function isWholeAt({ source, start, end }: PinPlace, value: Value): boolean {
  if (value.kind !== "set") return true;
  return SAID.every((name) => {
    const [definition] = value.attributes.get(name)?.definitions ?? [];
    if (definition === undefined) return true;
    return definition.source.file === source.file && start <= definition.start && definition.end <= end;
  });
}

const SAID = [...PIN_ATTRIBUTES, "sha256", "outputHash", "imageTag", "registryUrl"];

/** The same for values that say the same by the same literals. */
function valueKey(value: Value): string {
  if (value.kind !== "set") return value.kind;
  const said = SAID.map((name) => {
    const attribute = value.attributes.get(name)?.value.force();
    return attribute?.kind === "string" ? [attribute.text, ...attribute.provenance.map(literalKey)] : attribute?.kind;
  });
  return JSON.stringify(said);
}

/** The pin that a digest in data is of; none when it is overridden. */
function sitesOfDigest(
  evaluation: Evaluation,
  definition: SyntaxNode,
  uses: readonly ConsumerUse[],
  wrapped: ReadonlyMap<Definition, Callee>,
): PinSite[] {
  const container = containerOf(definition);
  if (container === null) return [];
  const isPath = definition.type === "binding" && pathOf(definition).length > 1;
  const node = isPath ? definition : container;
  const value = isPath ? valueAlong(evaluation, definition, -1) : valueOfSet(evaluation, container);
  const digest = digestDefinition(value);
  // Overridden by a merge, or the second of two.
  const isOvershadowed = digest !== undefined && digest !== definition;
  if (isOvershadowed) return [];
  const isGiven = wrapped.has(definition) || changerOf(evaluation, withMerges(node)) !== null;
  const callee = wrapped.get(definition) ?? calleeAround(evaluation, node, uses);
  return [siteAt(node, isGiven ? asGiven(value) : value, callee)];
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
      const definition = digestDefinition(evaluation.evaluate(given, evaluation.scopeAt(given)));
      if (definition !== undefined) digests.set(definition, callee);
    }
  }
  return digests;
}
