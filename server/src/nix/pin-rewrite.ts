import { fail, type Result, succeed } from "../base/errors.ts";
import type { Digest } from "../oci/digest.ts";
import { type AddableAttribute, insertionOf } from "./attribute-insertion.ts";
import { type HashEncoding, parseHash, printHash } from "./hash-encoding.ts";
import { isExpression, rewriteContent, rewriteLiteral } from "./literal-rewrite.ts";
import type { AttributeReading, Literal, Pin, TextOf, TextRange } from "./pin.ts";

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

/** What a pin needs to stand at a span of a file; `newText` equals `oldText` where the text must stay. */
export interface Claim {
  readonly file: string;
  readonly range: TextRange;
  readonly oldText: string;
  readonly newText: string;
  /** The attribute that is added at an empty span; null for a literal. */
  readonly adds: AddableAttribute | null;
}

type KnownReading = Extract<AttributeReading, { state: "known" }>;

/** What an update mends, because it overwrites the value. */
const MENDED_PROBLEMS: readonly string[] = ["malformed-digest", "malformed-hash", "hash-encoding-unsupported"];

/**
 * What a pin needs to have these values, those of its variants for one that has some.
 * Problems: the pin's own, `pin-computed`, `unsupported-callee` for a manifest file without its new text.
 */
export function claimsOfChange(textOf: TextOf, pin: Pin, change: PinChange): Result<readonly Claim[]> {
  const problem = pin.problems.find(({ code }) => !MENDED_PROBLEMS.includes(code));
  if (problem !== undefined) return { ok: false, problem };
  if (pin.callee === "nix2container.pullImageFromManifest") return claimsOfManifest(textOf, pin, change);
  const claims =
    pin.variants.length === 0 ? claimsOfValues(textOf, pin, change) : claimsOfVariants(textOf, pin, change);
  if (!claims.ok) return claims;
  const isKept = pin.imageDigest.state === "known" && pin.imageDigest.value === change.imageDigest;
  return isKept ? claims : succeed([...claims.value, ...claimsOfSibling(textOf, pin, claims.value)]);
}

/** What a pin needs to keep the digest and hash that it has. */
export function claimsOfKeeping(textOf: TextOf, pin: Pin): readonly Claim[] {
  if (pin.manifestFile !== null) {
    const { file, text } = pin.manifestFile;
    return [{ file, range: { start: 0, end: text.length }, oldText: text, newText: text, adds: null }];
  }
  return [pin, ...pin.variants]
    .flatMap(({ imageDigest, hash }) => [imageDigest, hash])
    .flatMap((reading) => (reading.state === "known" ? keep(textOf, reading.provenance) : []));
}

function claimsOfVariants(textOf: TextOf, pin: Pin, change: PinChange): Result<readonly Claim[]> {
  const claims: Claim[] = [];
  for (const [index, variant] of pin.variants.entries()) {
    const own = change.variants?.[index];
    if (own === undefined) {
      return fail("pin-computed", "Its values differ from system to system; each system needs its own.");
    }
    const needed = claimsOfChange(textOf, variant, own);
    if (!needed.ok) return needed;
    claims.push(...needed.value);
  }
  return succeed(claims);
}

function claimsOfValues(textOf: TextOf, pin: Pin, change: PinChange): Result<readonly Claim[]> {
  const hashAttribute = pin.hashAttribute ?? (pin.callee === "nix2container.pullImage" ? "sha256" : "hash");
  const digest = claimsOfValue(textOf, pin, "imageDigest", pin.imageDigest, change.imageDigest);
  if (!digest.ok) return digest;
  const hash = claimsOfValue(textOf, pin, hashAttribute, pin.hash, hashText(textOf, pin, change));
  if (!hash.ok) return hash;
  const claims = [...digest.value, ...hash.value];
  for (const [name, value] of [["os", change.addOs] as const, ["arch", change.addArch] as const]) {
    if (value === undefined || pin[name].state !== "absent") continue;
    const platform = claimsOfValue(textOf, pin, name, pin[name], value);
    if (!platform.ok) return platform;
    claims.push(...platform.value);
  }
  return succeed(claims);
}

/** The manifest file is replaced as a whole. */
function claimsOfManifest(textOf: TextOf, pin: Pin, { manifest }: PinChange): Result<readonly Claim[]> {
  if (manifest === undefined) {
    return fail(
      "unsupported-callee",
      "pullImageFromManifest has no hash to update; refresh its manifest file instead.",
    );
  }
  if (pin.manifestFile === null) {
    return fail("pin-computed", "Its manifest file cannot be read; give it as a path inside the workspace.");
  }
  const { file, text } = pin.manifestFile;
  if (textOf(file) !== text) return notAtHand("The manifest", file);
  return succeed([{ file, range: { start: 0, end: text.length }, oldText: text, newText: manifest, adds: null }]);
}

/**
 * `image = "name:tag"` of the container that the pin is for follows the pin's final tag when the image moves: a container is
 * started by the name and tag that its image was loaded under. Left alone where it names another image, can't be edited, or is
 * what the pin follows, which it would no longer do.
 */
function claimsOfSibling(textOf: TextOf, pin: Pin, claimed: readonly Claim[]): readonly Claim[] {
  if (pin.siblingImage === null || pin.followedTag.from === "image") return [];
  const { literal, value } = pin.siblingImage;
  const newValue = withFinalTag(pin, value);
  const oldText = slice(textOf, literal);
  if (newValue === null || newValue === value || oldText === null) return [];
  const { file, range } = literal;
  const isTaken = claimed.some(
    (one) => one.file === file && one.range.start < range.end && range.start < one.range.end,
  );
  const newText = rewritten(literal, oldText, value, newValue);
  return newText === null || isTaken ? [] : [{ file, range, oldText, newText, adds: null }];
}

/** Null when the image is another one than the pin's, has a digest, or the final tag is not known. */
function withFinalTag({ imageName, finalImageName, finalImageTag }: Pin, image: string): string | null {
  const name = finalImageName.state === "absent" ? imageName : finalImageName;
  if (name.state !== "known" || finalImageTag.state === "unknown" || image.includes("@")) return null;
  // As `pullImage` has it.
  const tag = finalImageTag.state === "known" ? finalImageTag.value : "latest";
  if (image === name.value) return tag === "latest" ? image : `${image}:${tag}`;
  const colon = image.lastIndexOf(":");
  return image.slice(0, colon) === name.value && !image.slice(colon).includes("/") ? `${name.value}:${tag}` : null;
}

/** The hash as the pin writes hashes; as it stands where it is right, even in upper case or without padding. */
function hashText(textOf: TextOf, pin: Pin, { hash, hashEncoding }: PinChange): string {
  if (hashEncoding !== undefined) return printHash(hash, hashEncoding);
  if (pin.hash.state !== "known" || pin.hashAttribute === null) return printHash(hash, "sri");
  const { value, editable } = pin.hash;
  const parsed = parseHash(value, pin.hashAttribute);
  if (!parsed.ok) return printHash(hash, "sri");
  if (parsed.value.digest === hash) return value;
  const isLiteral = editable === null || editable.bare || !isExpression(slice(textOf, editable) ?? "");
  return printHash(hash, isLiteral ? parsed.value.encoding : "sri");
}

function claimsOfValue(
  textOf: TextOf,
  pin: Pin,
  attribute: AddableAttribute,
  reading: AttributeReading,
  value: string,
): Result<readonly Claim[]> {
  switch (reading.state) {
    case "unknown":
      return fail("pin-computed", `${attribute} cannot be read: ${reading.reason}`);
    case "absent": {
      const home = homeOf(pin, attribute);
      const text = textOf(home.file);
      if (text === null) return notAtHand(attribute, home.file);
      const added = insertionOf(text, home, attribute, value);
      if (added === null) {
        return fail(
          "pin-computed",
          `${attribute} is missing, and it can't be told where to add it; write ${attribute} = "" beside imageName first.`,
        );
      }
      const range = { start: added.offset, end: added.offset };
      return succeed([{ file: home.file, range, oldText: "", newText: added.text, adds: attribute }]);
    }
    case "known":
      return value === reading.value
        ? succeed(keep(textOf, reading.provenance))
        : rewrite(textOf, attribute, reading, value);
  }
}

/** Where a missing attribute belongs: the hash for some systems to their digest, if that stands in a table of its own. */
function homeOf(pin: Pin, attribute: AddableAttribute): Pin {
  const { imageDigest, file, range, systems } = pin;
  if (systems.length === 0 || imageDigest.state !== "known" || !isHashAttribute(attribute)) return pin;
  const { at } = imageDigest;
  const isInside = at.file === file && range.start <= at.start && at.end <= range.end;
  return isInside ? pin : { ...pin, file: at.file, range: at };
}

function isHashAttribute(attribute: AddableAttribute): boolean {
  return attribute === "hash" || attribute === "sha256" || attribute === "outputHash";
}

function rewrite(
  textOf: TextOf,
  attribute: AddableAttribute,
  { editable, provenance, blocked, value: oldValue }: KnownReading,
  value: string,
): Result<readonly Claim[]> {
  if (editable === null) {
    return fail("pin-computed", blocked ?? `${attribute} is not a literal; write it as one string.`);
  }
  const oldText = slice(textOf, editable);
  if (oldText === null) return notAtHand(attribute, editable.file);
  const newText = rewritten(editable, oldText, oldValue, value);
  if (newText === null) return fail("pin-computed", `${attribute} is put together from parts; write it as one string.`);
  const { file, range } = editable;
  const others = keep(
    textOf,
    provenance.filter((one) => one.file !== file || one.range.start !== range.start),
  );
  return succeed([{ file, range, oldText, newText, adds: null }, ...others]);
}

/** The text that stands for the new value where the old text stands for the old one; null when there is none. */
function rewritten({ bare }: Literal, oldText: string, oldValue: string, newValue: string): string | null {
  return bare ? rewriteContent(oldText, oldValue, newValue) : rewriteLiteral(oldText, oldValue, newValue);
}

/** What is in a file that is not at hand stays anyway. */
function keep(textOf: TextOf, literals: readonly Literal[]): readonly Claim[] {
  return literals.flatMap((literal) => {
    const oldText = slice(textOf, literal);
    return oldText === null
      ? []
      : [{ file: literal.file, range: literal.range, oldText, newText: oldText, adds: null }];
  });
}

function slice(textOf: TextOf, { file, range }: Literal): string | null {
  return textOf(file)?.slice(range.start, range.end) ?? null;
}

function notAtHand(what: string, file: string): Result<never> {
  return fail("pin-computed", `${what} is written in ${file}, which was not read; change it there.`);
}
