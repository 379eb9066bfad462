import { type AST, parseTOML } from "toml-eslint-parser";
import { dataAttribute, integerOf, type MemberPlace } from "./data-attribute.ts";
import type { TextRange } from "./pin.ts";
import type { SourceText } from "./source.ts";
import { tokenString } from "./strings.ts";
import { type Attribute, lazily, unknown, type Value } from "./value.ts";

/** What stands under a key while a table is put together from its parts. */
type Part = Table | readonly Table[] | AST.TOMLContentNode;

interface Table {
  readonly members: Map<string, Member>;
}

interface Member {
  readonly part: Part;
  /** One for each key or header that adds to it. */
  readonly places: MemberPlace[];
}

/** The parser takes a carriage return for a line break, which TOML does not. */
const LONE_CARRIAGE_RETURN = /\r(?!\n)/;
const ZERO_BYTE = /\\(?:u0{4}|U0{8})/;

/**
 * What `builtins.fromTOML` makes of a TOML 1.0 document. Unknown: a document that Nix refuses, and in one that it takes,
 * floating-point numbers, integers that don't fit into 64 bits, and dates.
 * Source: Nix `fromTOML.cc`.
 */
export function tomlValue(source: SourceText): Value {
  const { file, text } = source;
  if (ZERO_BYTE.test(text)) return unknown(`${file} has a string with a zero byte`);
  const document = parse(text);
  if (typeof document === "string") return unknown(`${file} ${document}`);
  const root: Table = { members: new Map() };
  const [top] = document.body;
  for (const node of top.body) {
    if (node.type === "TOMLKeyValue") addKeyValue(root, node, topLevelRange(top));
    else {
      const table = openTable(root, node);
      for (const member of node.body) addKeyValue(table, member, rangeOf(node));
    }
  }
  return tableValue(source, root);
}

/** The document, or what is wrong with it. */
function parse(text: string): AST.TOMLProgram | string {
  if (LONE_CARRIAGE_RETURN.test(text)) return "is not TOML";
  try {
    return parseTOML(text, { tomlVersion: "1.0" });
  } catch (error) {
    if (error instanceof SyntaxError) return "is not TOML";
    // The parser calls itself for what is nested, and makes arguments of a string's characters.
    if (error instanceof RangeError) return "is nested too deeply or has too long a string";
    throw error;
  }
}

/** The keys before the first header. */
function topLevelRange({ body }: AST.TOMLTopLevelTable): TextRange {
  const own = body.filter((node) => node.type === "TOMLKeyValue");
  return { start: own[0]?.range[0] ?? 0, end: own.at(-1)?.range[1] ?? 0 };
}

/** The table that a header names, made where it is not there yet. */
function openTable(root: Table, header: AST.TOMLTable): Table {
  const place = { member: rangeOf(header), container: rangeOf(header) };
  let at: Part = root;
  header.resolvedKey.forEach((key, depth) => {
    if (typeof key === "number") {
      const tables = at as Table[];
      tables[key] ??= { members: new Map() };
      at = tables[key];
    } else {
      const holdsTables = typeof header.resolvedKey[depth + 1] === "number";
      at = memberOf(at as Table, key, place, () => (holdsTables ? [] : { members: new Map() }));
    }
  });
  return at as unknown as Table;
}

function addKeyValue(table: Table, node: AST.TOMLKeyValue, container: TextRange): void {
  const place = { member: rangeOf(node), container };
  const names = node.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value));
  let at = table;
  names.forEach((name, depth) => {
    if (depth === names.length - 1) memberOf(at, name, place, () => node.value);
    else at = memberOf(at, name, place, () => ({ members: new Map() })) as Table;
  });
}

function memberOf(table: Table, name: string, place: MemberPlace, create: () => Part): Part {
  const known = table.members.get(name);
  if (known !== undefined) {
    known.places.push(place);
    return known.part;
  }
  const part = create();
  table.members.set(name, { part, places: [place] });
  return part;
}

function tableValue(source: SourceText, { members }: Table): Value {
  const attributes = new Map<string, Attribute>();
  for (const [name, { part, places }] of members) {
    const value = lazily(() => partValue(source, part));
    attributes.set(name, dataAttribute(source, places, value));
  }
  return { kind: "set", attributes, unlisted: null };
}

function partValue(source: SourceText, part: Part): Value {
  if ("type" in part) return contentValue(source, part);
  if ("members" in part) return tableValue(source, part);
  return { kind: "list", elements: part.map((table) => lazily(() => tableValue(source, table))) };
}

function contentValue(source: SourceText, node: AST.TOMLContentNode): Value {
  if (node.type === "TOMLArray") {
    return { kind: "list", elements: node.elements.map((element) => lazily(() => contentValue(source, element))) };
  }
  if (node.type === "TOMLInlineTable") {
    const table: Table = { members: new Map() };
    for (const member of node.body) addKeyValue(table, member, rangeOf(node));
    return tableValue(source, table);
  }
  switch (node.kind) {
    case "string":
      // TOML leaves it to the reader whether a line break stays what it is.
      if (node.multiline && source.text.slice(...node.range).includes("\r")) {
        return unknown("it is a string of several lines with carriage returns");
      }
      return tokenString(node.value, { file: source.file, range: rangeOf(node) });
    case "integer":
      return integerOf(node.bigint);
    case "boolean":
      return { kind: "boolean", value: node.value };
    case "float":
      return unknown("it is a floating-point number");
    default:
      return unknown("it is a date or time, which Nix does not read");
  }
}

function rangeOf({ range: [start, end] }: AST.HasLocs): TextRange {
  return { start, end };
}
