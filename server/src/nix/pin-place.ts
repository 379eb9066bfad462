import { containerOf } from "./attribute-definition.ts";
import { pathOf } from "./attribute-set.ts";
import { withParentheses } from "./call-arguments.ts";
import type { PullCall } from "./calls.ts";
import type { Identifiers } from "./identifiers.ts";
import type { Literal } from "./pin.ts";
import type { SourceText } from "./source.ts";
import { literalKey } from "./strings.ts";
import { isInside, SyntaxNode, unparenthesized } from "./syntax.ts";
import type { Definition, Value } from "./value.ts";

/** Where the values of a pin are written. */
export interface PinPlace {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
  /** Null in a data file. */
  readonly node: SyntaxNode | null;
}

export function placeOfNode(node: SyntaxNode): PinPlace {
  return { source: node.source, start: node.start, end: node.end, node };
}

/** The attribute set, or for `images.app.imageDigest = …` the binding, that an attribute stands in; null if in none. */
export function placeOfDefinition(definition: Definition): PinPlace | null {
  if (!(definition instanceof SyntaxNode)) {
    return { source: definition.source, ...definition.container, node: null };
  }
  const isPath = definition.type === "binding" && pathOf(definition).length > 1;
  const node = isPath ? definition : containerOf(definition);
  return node === null || node.type === "let_expression" ? null : placeOfNode(node);
}

const DEPTH_SEARCHED = 3;
const VALUES_SEARCHED = 2000;

/**
 * Where the values of a call are written: the set around the digest for one that stands in the text as it is read. For one
 * that a function makes: the set that the function is given or takes the digest from, else where it is called.
 */
export function placeOfCall(call: PullCall, identifiers: Identifiers): PinPlace {
  const definition = digestDefinition(call.value);
  const own = definition === undefined ? null : placeOfDefinition(definition);
  const token = tellingLiteral(call.value);
  if (call.outermost.length === 0) {
    const argument = placeOfNode(unparenthesized(call.argument));
    if (own === null) return argument;
    const isResult = token !== null && !isIn(token, own) && isMadeElsewhere(own, call.node);
    return isResult ? (setAround(token, identifiers) ?? argument) : own;
  }
  if (token === null) return placeOfNode(applicationOf(call));
  for (const { argument } of [...call.outermost, ...call.inside.toReversed()]) {
    const found = search(argument.force(), literalKey(token), DEPTH_SEARCHED, { left: VALUES_SEARCHED });
    const place = found === "itself" ? placeOfNode(applicationOf(call)) : found && placeOfDefinition(found);
    if (place !== null) return place;
  }
  if (own !== null && isIn(token, own)) return own;
  return setAround(token, identifiers) ?? own ?? placeOfNode(applicationOf(call));
}

function isIn({ file, range }: Literal, place: PinPlace): boolean {
  return place.source.file === file && place.start <= range.start && range.end <= place.end;
}

/** Whether a set is what a function gives that is called elsewhere than in itself. */
function isMadeElsewhere({ node }: PinPlace, call: SyntaxNode): boolean {
  for (let at = node; at !== null; at = at.parent) {
    if (at.type === "function_expression" && !(at.source === call.source && isInside(call, at))) return true;
  }
  return false;
}

/** The application by which a text makes a call: with all arguments, of the set alone where that is all that it is given. */
export function applicationOf(call: PullCall): SyntaxNode {
  const [first] = call.outermost;
  if (first === undefined) return call.node;
  const nodes = new Set(call.outermost.map(({ node }) => node));
  let at = first.node;
  for (let outer = withParentheses(at); outer.field === "function"; outer = withParentheses(at)) {
    if (outer.parent === null || !nodes.has(outer.parent)) break;
    at = outer.parent;
  }
  return at;
}

/** What a call is given where it is written: its set if it is given one, else the whole application. */
export function argumentPlace(call: PullCall): PinPlace {
  const [first, ...others] = call.outermost;
  if (first === undefined) return placeOfNode(unparenthesized(call.argument));
  const argument = others.length === 0 ? first.node.child("argument") : null;
  const set = argument === null ? null : unparenthesized(argument);
  return placeOfNode(set !== null && /attrset_expression$/.test(set.type) ? set : applicationOf(call));
}

export function digestDefinition(value: Value): Definition | undefined {
  return value.kind === "set" ? value.attributes.get("imageDigest")?.definitions[0] : undefined;
}

/** The literal by which a pin is found: of its digest, else of its hash or name. */
function tellingLiteral(value: Value): Literal | null {
  if (value.kind !== "set") return null;
  for (const name of ["imageDigest", "hash", "sha256", "imageName"]) {
    const found = value.attributes.get(name)?.value.force();
    const literal = found?.kind === "string" ? (found.token ?? found.provenance[0]) : undefined;
    if (literal !== undefined) return literal;
  }
  return null;
}

/** The attribute of a value that a literal gives; "itself" if the value is what the literal says. */
function search(value: Value, key: string, depth: number, values: { left: number }): Definition | "itself" | null {
  if (value.kind === "string") return value.provenance.some((literal) => literalKey(literal) === key) ? "itself" : null;
  if (value.kind !== "set" || depth === 0) return null;
  for (const { value: member, definitions } of value.attributes.values()) {
    if (values.left-- <= 0) return null;
    const found = search(member.force(), key, depth - 1, values);
    if (found !== null) return found === "itself" ? (definitions[0] ?? null) : found;
  }
  return null;
}

/** The attribute set that a literal of the text is the value of an attribute in. */
function setAround(literal: Literal, identifiers: Identifiers): PinPlace | null {
  let node = identifiers.nodeAt(literal.range.start);
  if (node.source.file !== literal.file) return null;
  while (node.parent !== null && node.start >= literal.range.start && node.type !== "binding") node = node.parent;
  return node.type === "binding" ? placeOfDefinition(node) : null;
}

export function isWithin(place: PinPlace, outer: SyntaxNode | PinPlace): boolean {
  return place.source.file === outer.source.file && outer.start <= place.start && place.end <= outer.end;
}

/** The same for the same place. */
export function keyOfPlace({ source, start, end }: PinPlace): string {
  return `${start}-${end} ${source.file}`;
}
