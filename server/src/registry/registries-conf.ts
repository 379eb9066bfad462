import { type AST, getStaticTOMLValue, parseTOML, traverseNodes } from "toml-eslint-parser";
import { printable } from "../base/printable.ts";

/** A mirror of a `[[registry]]` table. */
export interface MirrorConf {
  /** `host[:port][/namespace…]` */
  readonly location: string;
  readonly insecure: boolean;
  /** Whether it is for what is asked for by digest; else it is for tags only. */
  readonly servesDigests: boolean;
}

/** A `[[registry]]` table. */
export interface RegistryConf {
  /** `host[:port][/namespace…]` or `*.host` */
  readonly prefix: string;
  /** What stands in the place of the prefix; null leaves names as they are. */
  readonly location: string | null;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly MirrorConf[];
}

/** What dockpin takes from `registries.conf`. Short names are none of it: Nix hands skopeo the name as it is written. */
export interface RegistriesConf {
  readonly registries: readonly RegistryConf[];
  /** The names of credential helpers for all registries; null when the file names none. */
  readonly credentialHelpers: readonly string[] | null;
}

export const emptyRegistriesConf: RegistriesConf = { registries: [], credentialHelpers: null };

/** In UTF-16 units; the parser takes its time. */
const LENGTH_LIMIT = 256 * 1024;

/**
 * Reads a file in version 2 of containers-registries.conf(5), or tells what is wrong with it, in words that finish a
 * sentence. Version 1 is wrong, too. As in containers/image `pkg/sysregistriesv2`, one wrong table makes the whole file wrong.
 */
export function parseRegistriesConf(text: string): RegistriesConf | { readonly problem: string } {
  try {
    return readConf(parseTables(text));
  } catch (error) {
    if (error instanceof Malformed) return { problem: error.message };
    // The parser and its reader call themselves for what is nested.
    if (error instanceof RangeError) return { problem: "it is nested too deeply" };
    throw error;
  }
}

/** What `next` says goes before what `conf` says of the same prefix. */
export function mergeRegistriesConf(conf: RegistriesConf, next: RegistriesConf): RegistriesConf {
  const tables = [...conf.registries, ...next.registries].map((registry) => [registry.prefix, registry] as const);
  return {
    registries: [...new Map(tables).values()],
    credentialHelpers: next.credentialHelpers ?? conf.credentialHelpers,
  };
}

/**
 * The table for a name `host/path` that has the longest prefix of it, and how long the part of the name is that the prefix
 * means; null when there is none. A prefix ends where the name has a separator, and `*.` stands for any sub-domains
 * (containers/image `FindRegistry`, which takes the colon of a port for a separator as well).
 */
export function findRegistry(
  registries: readonly RegistryConf[],
  name: string,
): { readonly registry: RegistryConf; readonly matched: number } | null {
  let found: { readonly registry: RegistryConf; readonly matched: number } | null = null;
  for (const registry of registries) {
    const matched = matchPrefix(registry.prefix, name);
    if (matched === null) continue;
    if (found === null || fixedPart(registry.prefix).length > fixedPart(found.registry.prefix).length) {
      found = { registry, matched };
    }
  }
  return found;
}

/** Without the star, so that a host goes before a wildcard of the same length. */
function fixedPart(prefix: string): string {
  return prefix.startsWith("*.") ? prefix.slice(1) : prefix;
}

function matchPrefix(prefix: string, name: string): number | null {
  const fixed = fixedPart(prefix);
  const start = fixed === prefix ? 0 : name.indexOf(fixed);
  if (start < 0 || !name.startsWith(fixed, start) || name.slice(0, start).includes("/")) return null;
  const end = start + fixed.length;
  return end === name.length || [":", "/", "@"].includes(name.charAt(end)) ? end : null;
}

class Malformed extends Error {}

type Table = Readonly<Record<string, unknown>>;

function parseTables(text: string): Table {
  if (text.length > LENGTH_LIMIT) throw new Malformed("it is over 256 KiB");
  const document = parseDocument(text);
  // Its reader would take the key for the prototype of all objects.
  traverseNodes(document, {
    enterNode(node) {
      const key = node.type === "TOMLBare" ? node.name : node.type === "TOMLQuoted" ? node.value : null;
      if (key === "__proto__") throw new Malformed(`it has a key "${key}"`);
    },
    leaveNode() {},
  });
  return getStaticTOMLValue(document) as Table;
}

function parseDocument(text: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: "1.0" });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const line = "lineNumber" in error && typeof error.lineNumber === "number" ? ` in line ${error.lineNumber}` : "";
    throw new Malformed(`it is not TOML${line} (${printable(error.message, 100)})`);
  }
}

function readConf(document: Table): RegistriesConf {
  const { registries } = document;
  if (isTable(registries) && ["search", "insecure", "block"].some((key) => isTable(registries[key]))) {
    throw new Malformed(
      "it is in the old version 1; write [[registry]] tables instead of [registries.search], [registries.insecure] and [registries.block]",
    );
  }
  const helpers = document["credential-helpers"];
  return {
    registries: readTables(document["registry"], "registry").map(readRegistry),
    credentialHelpers: helpers === undefined ? null : readStrings(helpers, "credential-helpers"),
  };
}

function readRegistry(table: Table): RegistryConf {
  const location = readLocation(table, "location");
  const prefix = readLocation(table, "prefix") ?? location;
  if (prefix === null) throw new Malformed("a [[registry]] has neither prefix nor location");
  const isWildcard = prefix.startsWith("*.");
  if (prefix.includes("*") && (!isWildcard || /[*/:]/.test(prefix.slice(1)))) {
    throw new Malformed(`the prefix "${printable(prefix, 80)}" has its * elsewhere than in *.host`);
  }
  if (location === null && !isWildcard) {
    throw new Malformed(`the [[registry]] with the prefix "${printable(prefix, 80)}" has no location`);
  }
  const isDigestOnly = readFlag(table, "mirror-by-digest-only");
  const mirrors = readTables(table["mirror"], "registry.mirror").map((mirror) => readMirror(mirror, isDigestOnly));
  return {
    prefix,
    location,
    insecure: readFlag(table, "insecure"),
    blocked: readFlag(table, "blocked"),
    mirrors,
  };
}

function readMirror(table: Table, isDigestOnly: boolean): MirrorConf {
  const location = readLocation(table, "location");
  if (location === null) throw new Malformed("a [[registry.mirror]] has no location");
  const { "pull-from-mirror": pulls = "" } = table;
  if (pulls !== "" && isDigestOnly)
    throw new Malformed("mirror-by-digest-only and pull-from-mirror exclude each other");
  if (typeof pulls !== "string" || !["", "all", "digest-only", "tag-only"].includes(pulls)) {
    throw new Malformed(`pull-from-mirror is "${printable(String(pulls), 40)}", not all, digest-only or tag-only`);
  }
  return { location, insecure: readFlag(table, "insecure"), servesDigests: pulls !== "tag-only" };
}

/** Trailing slashes removed; null when it is missing or empty. */
function readLocation(table: Table, key: string): string | null {
  const { [key]: value = "" } = table;
  if (typeof value !== "string") throw new Malformed(`${key} is not a string`);
  const location = value.replace(/\/+$/, "");
  if (/^https?:\/\//.test(location)) throw new Malformed(`the ${key} "${printable(location, 80)}" has a URL scheme`);
  return location === "" ? null : location;
}

function readFlag(table: Table, key: string): boolean {
  const { [key]: value = false } = table;
  if (typeof value !== "boolean") throw new Malformed(`${key} is neither true nor false`);
  return value;
}

function readTables(value: unknown, name: string): readonly Table[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isTable))
    throw new Malformed(`${name} is not a list of tables: [[${name}]]`);
  return value;
}

function readStrings(value: unknown, key: string): readonly string[] {
  const isList = Array.isArray(value) && value.every((item): item is string => typeof item === "string");
  if (!isList) throw new Malformed(`${key} is not a list of strings`);
  return value;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
