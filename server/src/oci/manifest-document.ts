import { CodedError } from "../base/errors.ts";
import { type JsonSpan, readJsonSpans } from "../base/json-spans.ts";
import { printable } from "../base/printable.ts";

const DEPTH_LIMIT = 32;

/** What the fields of an object must be where they are present. */
export interface FieldTypes {
  readonly [key: string]: "string" | "size" | "strings" | "stringMap" | "base64" | FieldTypes;
}

/** The keys that skopeo reads; each may stand once in its object, in exactly this spelling. */
const KNOWN_KEYS: readonly string[] = [
  ...["schemaVersion", "mediaType", "config", "layers", "manifests", "fsLayers", "history", "annotations", "subject"],
  ...["artifactType", "digest", "size", "urls", "data", "platform"],
  ...["architecture", "os", "os.version", "os.features", "features", "variant"],
];
const KNOWN_KEYS_BY_FOLD = new Map(KNOWN_KEYS.map((key) => [fold(key), key]));

/** A JSON object of a manifest, with a name for messages. Every reader throws `manifest-malformed` on a wrong type. */
export class ManifestObject {
  readonly name: string;
  readonly #bytes: Buffer;
  readonly #members: ReadonlyMap<string, JsonSpan>;

  constructor(bytes: Buffer, span: JsonSpan, name: string) {
    if (span.kind !== "object") throw malformed(`${name} is not an object`);
    this.name = name;
    this.#bytes = bytes;
    // A null member means the same as none, as Go's decoder has it.
    this.#members = new Map(span.members.filter(({ value }) => value.kind !== "null").map((m) => [m.key, m.value]));
  }

  has(key: string): boolean {
    return this.#members.has(key);
  }

  string(key: string): string | null {
    const span = this.#members.get(key);
    return span === undefined ? null : this.#string(span, key);
  }

  /** A non-negative whole number, written without fraction or exponent. */
  size(key: string): number | null {
    const span = this.#members.get(key);
    if (span === undefined) return null;
    const literal = this.#text(span);
    const value = Number(literal);
    if (span.kind !== "number" || !/^[0-9]+$/.test(literal) || !Number.isSafeInteger(value)) {
      throw malformed(`"${key}" of ${this.name} is not a size`);
    }
    return value;
  }

  object(key: string, name: string): ManifestObject | null {
    const span = this.#members.get(key);
    return span === undefined ? null : new ManifestObject(this.#bytes, span, name);
  }

  /** The objects of an array; `nameOf` gives the name of the one at an index, counted from 0. */
  objects(key: string, nameOf: (index: number) => string): ManifestObject[] {
    return this.#items(key).map((item, index) => new ManifestObject(this.#bytes, item, nameOf(index)));
  }

  strings(key: string): string[] {
    return this.#items(key).map((item) => this.#string(item, key));
  }

  stringMap(key: string): Record<string, string> {
    const map = this.object(key, `"${key}" of ${this.name}`);
    if (map === null) return {};
    return Object.fromEntries(Array.from(map.#members, ([name, span]) => [name, map.#string(span, name)]));
  }

  /** Standard base64 with its padding. */
  base64(key: string): Uint8Array | null {
    const text = this.string(key);
    const bytes = Buffer.from(text ?? "", "base64");
    if (bytes.toString("base64") !== (text ?? "")) throw malformed(`"${key}" of ${this.name} is not base64`);
    return text === null ? null : bytes;
  }

  /** Checks fields whose values nobody needs: Go refuses the whole document when one has another type. */
  checkFields(types: FieldTypes): void {
    for (const [key, type] of Object.entries(types)) {
      if (typeof type === "string") this[type](key);
      else this.object(key, `"${key}" of ${this.name}`)?.checkFields(type);
    }
  }

  #items(key: string): readonly JsonSpan[] {
    const span = this.#members.get(key);
    if (span === undefined) return [];
    if (span.kind !== "array") throw malformed(`"${key}" of ${this.name} is not a list`);
    return span.items;
  }

  #string(span: JsonSpan, key: string): string {
    if (span.kind !== "string") throw malformed(`"${printable(key, 60)}" of ${this.name} is not a string`);
    return String(JSON.parse(this.#text(span)));
  }

  #text(span: JsonSpan): string {
    return this.#bytes.toString("utf8", span.start, span.end);
  }
}

/**
 * Reads a manifest's bytes, so strictly that no two parsers can read two things in them: a known key that stands twice
 * in an object, or in another case (Go ignores case), throws `manifest-ambiguous`.
 * Throws `manifest-not-json` and `manifest-malformed` (not an object, nested too deeply) as well.
 */
export function readManifestDocument(bytes: Uint8Array): ManifestObject {
  const span = readJsonSpans(bytes);
  if (span === null) {
    throw new CodedError("manifest-not-json", "The registry's answer is not JSON; is this the address of a registry?");
  }
  if (isDeeperThan(DEPTH_LIMIT, span)) throw malformed(`it nests deeper than ${DEPTH_LIMIT} levels`);
  refuseAmbiguousKeys(span);
  return new ManifestObject(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), span, "the manifest");
}

export function malformed(what: string): CodedError {
  return new CodedError("manifest-malformed", `The image's manifest is malformed: ${what}; push the image again.`);
}

export function ambiguous(what: string): CodedError {
  return new CodedError(
    "manifest-ambiguous",
    `The image's manifest could be read in two ways: ${what}; push the image again.`,
  );
}

function isDeeperThan(levels: number, span: JsonSpan): boolean {
  if (span.kind !== "array" && span.kind !== "object") return false;
  const inner = span.kind === "array" ? span.items : span.members.map(({ value }) => value);
  return levels === 0 || inner.some((value) => isDeeperThan(levels - 1, value));
}

/** Looks only into what skopeo reads: what else an object holds, annotations included, is the author's own. */
function refuseAmbiguousKeys(span: JsonSpan): void {
  if (span.kind === "array") span.items.forEach(refuseAmbiguousKeys);
  if (span.kind !== "object") return;
  const seen = new Set<string>();
  for (const { key, value } of span.members) {
    const known = KNOWN_KEYS_BY_FOLD.get(fold(key));
    if (known === undefined) continue;
    if (known !== key) throw ambiguous(`it has "${printable(key, 60)}" for "${known}"`);
    if (seen.has(key)) throw ambiguous(`it has "${key}" twice`);
    seen.add(key);
    if (key !== "annotations") refuseAmbiguousKeys(value);
  }
}

/** Simple case folding as Go's decoder compares keys: upper first, for the long s, then lower, for the Kelvin sign. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}
