import { parseHash } from "./hash-encoding.ts";
import { type AttributeReading, PIN_ATTRIBUTES, type Pin } from "./pin.ts";
import { nodeFinder, type SyntaxNode } from "./syntax.ts";

const ATTRIBUTES = ["imageName", "imageDigest", "hash", "finalImageTag"] as const;

/** What stands between the quotes of a string that gives one attribute of one pin, and is read for nothing else. */
export interface OwnString {
  readonly start: number;
  readonly end: number;
  /** The pin's index. */
  readonly pin: number;
  readonly attribute: (typeof ATTRIBUTES)[number];
}

/** A function of that name may be made in the text, and do anything with what it is given. */
const OWN_FUNCTION = /\bpullImage"?\s*(?:=[^=]|\?|:)/;

/**
 * The strings of pins that can be read by themselves: values of a set that is written as the argument of `pullImage`, so that
 * there is no other way to it; each alone on its line, where no comment is told by what is before it.
 */
export function ownStrings(root: SyntaxNode, pins: readonly Pin[]): OwnString[] {
  const { file, text } = root.source;
  if (OWN_FUNCTION.test(text)) return [];
  const nodeAt = nodeFinder(root);
  const uses = usesOfTokens(pins);
  return pins.flatMap((pin, index) => {
    const isElsewhere = pin.file !== file || pin.calledAt.length > 0 || pin.pulledThrough.length > 0;
    if (isElsewhere || pin.variants.length > 0 || !isArgument(nodeAt, pin)) return [];
    return ATTRIBUTES.flatMap((attribute): OwnString[] => {
      const token = tokenOf(pin[attribute], file);
      if (token === null || uses.get(token.start) !== 1) return [];
      if (!isReadAlone(pin, attribute) || !isAloneOnLine(text, token)) return [];
      const node = nodeAt(token.start + 1);
      const isValue = node.type === "string_fragment" && node.parent?.parent?.type === "binding";
      const isWhole = node.start === token.start + 1 && node.end === token.end - 1;
      return isValue && isWhole ? [{ start: node.start, end: node.end, pin: index, attribute }] : [];
    });
  });
}

/** The pin with another text in a string of its own. */
export function withOwnString(pin: Pin, { attribute }: Pick<OwnString, "attribute">, value: string): Pin {
  const reading = pin[attribute];
  if (reading.state !== "known") return pin;
  const changed = { ...pin, [attribute]: { ...reading, value } };
  if (attribute === "finalImageTag" && pin.followedTag.from === "finalImageTag") {
    return { ...changed, followedTag: { ...pin.followedTag, tag: value } };
  }
  if (attribute !== "hash" || pin.hashAttribute === null) return changed;
  const before = parseHash(reading.value, pin.hashAttribute);
  const now = parseHash(value, pin.hashAttribute);
  const others = before.ok ? pin.problems : pin.problems.slice(0, -1);
  return {
    ...changed,
    hashEncoding: now.ok ? now.value.encoding : null,
    problems: now.ok ? others : [...others, now.problem],
  };
}

/** How many attributes of pins each token is in, by its start: those of a function's body are of all of its calls. */
function usesOfTokens(pins: readonly Pin[]): ReadonlyMap<number, number> {
  const uses = new Map<number, number>();
  for (const pin of pins.flatMap((each) => [each, ...each.variants])) {
    for (const attribute of PIN_ATTRIBUTES) {
      const reading = pin[attribute];
      if (reading.state !== "known") continue;
      for (const { range } of reading.provenance) uses.set(range.start, (uses.get(range.start) ?? 0) + 1);
    }
  }
  return uses;
}

/** The one token that is an attribute's value. */
function tokenOf(reading: AttributeReading, file: string): { readonly start: number; readonly end: number } | null {
  if (reading.state !== "known" || reading.editable === null || reading.provenance.length !== 1) return null;
  const { editable } = reading;
  if (editable.file !== file || editable.bare === true || reading.value === "" || reading.at.file !== file) return null;
  return reading.at.start < editable.range.start && editable.range.end < reading.at.end ? editable.range : null;
}

/** A name tells which comments are about the pin, where the tag is taken from one. */
function isReadAlone({ followedTag: { from } }: Pin, attribute: OwnString["attribute"]): boolean {
  return attribute !== "imageName" || from === "directive" || from === "finalImageTag" || from === "imageTag";
}

function isArgument(nodeAt: (offset: number) => SyntaxNode, { range }: Pin): boolean {
  let set: SyntaxNode | null = nodeAt(range.start);
  while (set !== null && set.end < range.end) set = set.parent;
  if (set?.type !== "attrset_expression" || set.start !== range.start || set.end !== range.end) return false;
  const callee = set.field === "argument" ? set.parent?.child("function") : null;
  return callee != null && /^(?:variable|select)_expression$/.test(callee.type) && /\bpullImage$/.test(callee.text);
}

function isAloneOnLine(text: string, { start, end }: { readonly start: number; readonly end: number }): boolean {
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  const lineEnd = text.indexOf("\n", end);
  const behind = text.slice(end, lineEnd < 0 ? text.length : lineEnd);
  return /^\s*\w+\s*=\s*$/.test(before) && /^\s*;\s*(?:#.*)?$/.test(behind);
}
