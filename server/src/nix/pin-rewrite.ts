import { fail, type Result, succeed } from "../base/errors.ts";
import type { Digest } from "../oci/digest.ts";
import { type AddableAttribute, insertionOf } from "./attribute-insertion.ts";
import { type HashEncoding, parseHash, printHash } from "./hash-encoding.ts";
import { isExpression, rewriteLiteral } from "./literal-rewrite.ts";
import type { AttributeReading, Pin, TextOf, TextRange } from "./pin.ts";

/** The values that a pin should have. */
export interface PinChange {
  readonly imageDigest: Digest;
  /** SHA-256 that the hash attribute must state, whatever its encoding. */
  readonly hash: Digest;
  /** What the hash is written in; as the pin writes hashes unless given. A right hash is written anew for it. */
  readonly hashEncoding?: HashEncoding;
  /** For a pin with variants: what each of them should have, in their order; the values above are the first one's. */
  readonly variants?: readonly PinChange[];
  /** Of `pullImageFromManifest`, which has no hash: the new text of its manifest file. */
  readonly manifest?: string;
  /** Written only when the pin has none. */
  readonly addArch?: string;
  readonly addOs?: string;
}

/** What a pin needs to stand at a span of its file; `newText` equals `oldText` where the text must stay. */
export interface Claim {
  readonly range: TextRange;
  readonly oldText: string;
  readonly newText: string;
  /** The attribute that is added at an empty span; null for a literal. */
  readonly adds: AddableAttribute | null;
}

type KnownReading = Extract<AttributeReading, { state: "known" }>;

/** What an update mends, because it overwrites the value. */
const MENDED_PROBLEMS: readonly string[] = ["malformed-digest", "malformed-hash", "hash-encoding-unsupported"];

/** What a pin needs to have these values. Problems: the pin's own, `pin-computed`, `unsupported-callee`. */
export function claimsOfChange(textOf: TextOf, pin: Pin, change: PinChange): Result<readonly Claim[]> {
  const text = textOf(pin.file) ?? "";
  const problem = pin.problems.find(({ code }) => !MENDED_PROBLEMS.includes(code));
  if (problem !== undefined) return { ok: false, problem };
  if (pin.callee === "nix2container.pullImageFromManifest") {
    return fail(
      "unsupported-callee",
      "pullImageFromManifest has no hash to update; refresh its manifest file instead.",
    );
  }
  const hashAttribute = pin.hashAttribute ?? (pin.callee === "nix2container.pullImage" ? "sha256" : "hash");
  const digest = claimsOfValue(text, pin, "imageDigest", pin.imageDigest, change.imageDigest);
  if (!digest.ok) return digest;
  const hash = claimsOfValue(text, pin, hashAttribute, pin.hash, hashText(text, pin, change));
  if (!hash.ok) return hash;
  const claims = [...digest.value, ...hash.value];
  for (const [name, value] of [["os", change.addOs] as const, ["arch", change.addArch] as const]) {
    if (value === undefined || pin[name].state !== "absent") continue;
    const platform = claimsOfValue(text, pin, name, pin[name], value);
    if (!platform.ok) return platform;
    claims.push(...platform.value);
  }
  return succeed(claims);
}

/** What a pin needs to keep the digest and hash that it has. */
export function claimsOfKeeping(textOf: TextOf, pin: Pin): readonly Claim[] {
  const text = textOf(pin.file) ?? "";
  return [pin.imageDigest, pin.hash].flatMap((reading) => (reading.state === "known" ? keep(text, pin, reading) : []));
}

/** The hash as the pin writes hashes; as it stands where it is right, even in upper case or without padding. */
function hashText(text: string, pin: Pin, { hash, hashEncoding }: PinChange): string {
  if (hashEncoding !== undefined) return printHash(hash, hashEncoding);
  if (pin.hash.state !== "known" || pin.hashAttribute === null) return printHash(hash, "sri");
  const { value, editable } = pin.hash;
  const parsed = parseHash(value, pin.hashAttribute);
  if (!parsed.ok) return printHash(hash, "sri");
  if (parsed.value.digest === hash) return value;
  const isLiteral = editable === null || !isExpression(text.slice(editable.range.start, editable.range.end));
  return printHash(hash, isLiteral ? parsed.value.encoding : "sri");
}

function claimsOfValue(
  text: string,
  pin: Pin,
  attribute: AddableAttribute,
  reading: AttributeReading,
  value: string,
): Result<readonly Claim[]> {
  switch (reading.state) {
    case "unknown":
      return fail("pin-computed", `${attribute} cannot be read: ${reading.reason}`);
    case "absent": {
      const added = insertionOf(text, pin, attribute, value);
      if (added === null) {
        return fail(
          "pin-computed",
          `${attribute} is missing, and it can't be told where to add it; write ${attribute} = "" beside imageName first.`,
        );
      }
      const range = { start: added.offset, end: added.offset };
      return succeed([{ range, oldText: "", newText: added.text, adds: attribute }]);
    }
    case "known":
      return value === reading.value
        ? succeed(keep(text, pin, reading))
        : rewrite(text, pin, attribute, reading, value);
  }
}

function rewrite(
  text: string,
  pin: Pin,
  attribute: AddableAttribute,
  reading: KnownReading,
  value: string,
): Result<readonly Claim[]> {
  const { editable } = reading;
  if (editable === null) {
    return fail("pin-computed", reading.blocked ?? `${attribute} is not a literal; write it as one string.`);
  }
  if (editable.file !== pin.file)
    return fail("pin-computed", `${attribute} is read from another file; change it there.`);
  const oldText = text.slice(editable.range.start, editable.range.end);
  const newText = rewriteLiteral(oldText, reading.value, value);
  if (newText === null) return fail("pin-computed", `${attribute} is put together from parts; write it as one string.`);
  const others = keep(text, pin, reading).filter(({ range }) => range.start !== editable.range.start);
  return succeed([{ range: editable.range, oldText, newText, adds: null }, ...others]);
}

function keep(text: string, pin: Pin, reading: KnownReading): readonly Claim[] {
  return reading.provenance
    .filter(({ file }) => file === pin.file)
    .map(({ range }) => {
      const oldText = text.slice(range.start, range.end);
      return { range, oldText, newText: oldText, adds: null };
    });
}
