import {
  type AttributeReading,
  type FileRange,
  type HashAttribute,
  type Literal,
  PIN_ATTRIBUTES,
  type Pin,
} from "./pin.ts";
import { SyntaxNode } from "./syntax.ts";
import { type Attribute, type Definition, type StringValue, SYNTAX_ERROR, type Value, type Variable } from "./value.ts";
import { containerOfBinding, type IsOnlyUsedAs } from "./variable-uses.ts";

export const HASH_ATTRIBUTES: readonly HashAttribute[] = ["hash", "sha256", "outputHash"];

/** The attributes of a pin that are read, each as it stands. */
export type PinReadings = Pick<
  Pin,
  | "imageName"
  | "imageDigest"
  | "hash"
  | "finalImageName"
  | "finalImageTag"
  | "os"
  | "arch"
  | "tlsVerify"
  | "registryUrl"
> & {
  readonly hashAttribute: HashAttribute | null;
  readonly dependsOnCallers: boolean;
  /** What older code and `pullImageFromManifest` call the tag. */
  readonly imageTag: AttributeReading;
  /** The definitions of all of these, for what stands beside them. */
  readonly definitions: readonly Definition[];
};

/**
 * Reads what a callee gets. A set that no call is seen to take has its name elsewhere if it has none.
 *
 * @param range where to point when the attributes themselves can't be found
 */
export function readAttributes(
  value: Value,
  range: FileRange,
  isCalled: boolean,
  isOnlyUsedAs: IsOnlyUsedAs,
): PinReadings {
  const definitions: Definition[] = [];
  const read = (name: string) => {
    const attribute = value.kind === "set" ? value.attributes.get(name) : undefined;
    if (attribute !== undefined) {
      definitions.push(...attribute.definitions.slice(0, 1));
      return readAttribute(name, attribute, isOnlyUsedAs);
    }
    const elsewhere = name === "imageName" && !isCalled ? "it is not in this set" : undefined;
    const reason = value.kind === "set" ? (value.unlisted?.reason ?? elsewhere) : reasonOf(value);
    return reason === undefined ? ABSENT : ({ state: "unknown", at: range, reason } as const);
  };
  const hashAttribute = HASH_ATTRIBUTES.find((name) => value.kind === "set" && value.attributes.has(name)) ?? null;
  const readings = {
    imageName: read("imageName"),
    imageDigest: read("imageDigest"),
    hash: read(hashAttribute ?? "hash"),
    finalImageName: read("finalImageName"),
    finalImageTag: read("finalImageTag"),
    imageTag: read("imageTag"),
    os: read("os"),
    arch: read("arch"),
    tlsVerify: read("tlsVerify"),
    registryUrl: read("registryUrl"),
  };
  return { ...withoutSharedLiterals(readings), hashAttribute, definitions, dependsOnCallers: dependsOnCallers(value) };
}

/** By what gives one of the attributes that matter, or by the set as a whole. */
function dependsOnCallers(value: Value): boolean {
  if (value.kind === "unknown") return value.path?.length === 1;
  if (value.kind !== "set") return false;
  return [...value.attributes].some(([name, { value: given }]) => {
    if (!READ_ATTRIBUTES.has(name)) return false;
    const attribute = given.force();
    return attribute.kind === "string" ? attribute.isDefault : dependsOnCallers(attribute);
  });
}

const READ_ATTRIBUTES = new Set<string>([...PIN_ATTRIBUTES, ...HASH_ATTRIBUTES]);

const ABSENT: AttributeReading = { state: "absent" };

function reasonOf(value: Value): string {
  return value.kind === "unknown" ? value.reason : "it is not an attribute set";
}

function readAttribute(name: string, attribute: Attribute, isOnlyUsedAs: IsOnlyUsedAs): AttributeReading {
  const [definition] = attribute.definitions;
  if (definition === undefined) return ABSENT;
  const at = { file: definition.source.file, start: definition.start, end: definition.end };
  const value = definition instanceof SyntaxNode && definition.hasError ? SYNTAX_ERROR : attribute.value.force();
  if (name === "tlsVerify" && value.kind === "boolean") {
    const blocked = "it is not a string";
    return { state: "known", value: String(value.value), at, provenance: [], editable: null, blocked };
  }
  if (value.kind === "unknown") return { state: "unknown", at, reason: value.reason };
  if (value.kind !== "string") return { state: "unknown", at, reason: "it is not a string" };
  const blocked = blockedReason(name, value, [...value.variables, ...ownVariable(name, definition)], isOnlyUsedAs);
  const { token, part } = value;
  const editable = blocked === null ? (token ?? part) : null;
  const provenance = token === null && part !== null ? [part] : value.provenance;
  return { state: "known", value: value.text, at, provenance, editable, blocked };
}

function blockedReason(
  name: string,
  value: StringValue,
  variables: readonly Variable[],
  isOnlyUsedAs: IsOnlyUsedAs,
): string | null {
  if (value.token === null && value.part === null) return "it is put together from several strings";
  // Who reads all of a string that says several things is meant to follow each of them.
  if (value.token === null) return null;
  const shared = variables.find((variable, index) => !isOnlyUsedAs(variable, name, variables.slice(index + 1)));
  return shared === undefined ? null : `the variable "${shared.name}" is used for other things too`;
}

/** In a `rec` set, an attribute is a variable too. */
function ownVariable(name: string, definition: Definition): Variable[] {
  if (!(definition instanceof SyntaxNode)) return [];
  const container = containerOfBinding(definition);
  return container?.type === "rec_attrset_expression" ? [{ name, binder: container }] : [];
}

/** What is written in a literal that gives two attributes of the pin, or parts of them, can't be changed for one of them. */
function withoutSharedLiterals<T extends Readonly<Record<string, AttributeReading>>>(readings: T): T {
  const users = Object.entries(readings).flatMap(([name, reading]) =>
    reading.state === "known" ? reading.provenance.map((literal) => ({ name, literal })) : [],
  );
  const checked = Object.entries(readings).map(([name, reading]) => {
    if (reading.state !== "known" || reading.editable === null) return [name, reading];
    const { editable } = reading;
    const other = users.find((user) => user.name !== name && overlaps(user.literal, editable));
    if (other === undefined) return [name, reading];
    return [name, { ...reading, editable: null, blocked: `the same string is its ${other.name}` }];
  });
  return Object.fromEntries(checked) as T;
}

function overlaps(one: Literal, other: Literal): boolean {
  if (one.file !== other.file) return false;
  return one.range.start < other.range.end && other.range.start < one.range.end;
}
