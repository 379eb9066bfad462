import { fail, type Result, succeed } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { type Digest, digestFromHex, digestHex } from "../oci/digest.ts";
import type { HashAttribute } from "./pin.ts";

/** `sha256-` and base64, as Nix and nix-prefetch-docker print it. */
export type SriHash = string & { readonly __sri: true };

/** How a hash is written: `sri` "sha256-…=", `base32` 52 characters, `base64` 44 characters, `base16` 64 digits; `prefixed-…` behind "sha256:". */
export type HashEncoding = "sri" | BareEncoding | `prefixed-${BareEncoding}`;

type BareEncoding = "base32" | "base64" | "base16";

/** Nix's own: without e, o, u and t. */
const BASE32_DIGITS = "0123456789abcdfghijklmnpqrsvwxyz";
const BASE32_LENGTH = 52;
const ZERO_HEX = "0".repeat(64);

/**
 * Reads a sha256 as Nix does from this attribute of a fetcher. All take SRI, with or without its padding, and `sha256:`
 * before base32, base16 or base64; all but `hash` also take these three bare. Base16 may have upper-case digits.
 * Rules: Nix `Hash::parseAny` and `Hash::parseSRI`, nixpkgs `lib/fetchers.nix`.
 * Problems: `malformed-hash` for what Nix refuses, `hash-encoding-unsupported` for a hash of another algorithm.
 */
export function parseHash(
  text: string,
  attribute: HashAttribute,
): Result<{ readonly digest: Digest; readonly encoding: HashEncoding }> {
  const shown = `The hash "${printable(text, 100)}"`;
  const [, algorithm, separator, rest] = /^([a-z0-9]+)([-:])(.*)$/s.exec(text) ?? [null, null, "", text];
  if (
    algorithm !== null &&
    algorithm !== "sha256" &&
    attribute !== "sha256" &&
    /^(?:md5|sha1|sha512)$/.test(algorithm ?? "")
  ) {
    return fail("hash-encoding-unsupported", `${shown} is a ${algorithm}; replace it by the image's sha256.`);
  }
  if (algorithm !== null && algorithm !== "sha256") {
    return fail("malformed-hash", `${shown} is not a sha256; write "sha256-" and 44 base64 characters.`);
  }
  if (separator === "-") {
    const hex = hexOfBase64(rest ?? "", true);
    if (hex !== null) return succeed({ digest: digestFromHex(hex), encoding: "sri" });
    const hint = decodeBare(rest ?? "") === null ? "" : ', or write "sha256:" before base32 or hexadecimal';
    return fail("malformed-hash", `${shown} is not SRI; write 44 base64 characters behind "sha256-"${hint}.`);
  }
  const bare = decodeBare(rest ?? "");
  if (bare === null) {
    return fail(
      "malformed-hash",
      `${shown} is not a sha256 in any encoding that Nix reads; write "sha256-" and 44 base64 characters.`,
    );
  }
  const digest = digestFromHex(bare.hex);
  if (separator === ":") return succeed({ digest, encoding: `prefixed-${bare.encoding}` });
  if (attribute !== "hash") return succeed({ digest, encoding: bare.encoding });
  return fail(
    "malformed-hash",
    `${shown} does not say its type, which Nix wants under "hash"; write "${sriHash(digest)}" instead.`,
  );
}

/** True for what stands in for a hash not yet known: nothing, or all zeros in any encoding, such as the value of `lib.fakeHash`. */
export function isPlaceholderHash(text: string): boolean {
  if (text === "") return true;
  const parsed = parseHash(text, "sha256");
  return parsed.ok && digestHex(parsed.value.digest) === ZERO_HEX;
}

/** The digest in an encoding, as Nix prints it: base16 in lower case, base64 with its padding. */
export function printHash(digest: Digest, encoding: HashEncoding): string {
  const hex = digestHex(digest);
  switch (encoding) {
    case "sri":
      return `sha256-${base64OfHex(hex)}`;
    case "base16":
      return hex;
    case "base64":
      return base64OfHex(hex);
    case "base32":
      return base32OfHex(hex);
    case "prefixed-base16":
      return `sha256:${hex}`;
    case "prefixed-base64":
      return `sha256:${base64OfHex(hex)}`;
    case "prefixed-base32":
      return `sha256:${base32OfHex(hex)}`;
  }
}

export function sriHash(digest: Digest): SriHash {
  return printHash(digest, "sri") as SriHash;
}

function decodeBare(text: string): { readonly hex: string; readonly encoding: BareEncoding } | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return { hex: text.toLowerCase(), encoding: "base16" };
  const fromBase32 = hexOfBase32(text);
  if (fromBase32 !== null) return { hex: fromBase32, encoding: "base32" };
  const fromBase64 = hexOfBase64(text, false);
  return fromBase64 === null ? null : { hex: fromBase64, encoding: "base64" };
}

function base64OfHex(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

/** As Nix, does not mind what the last character's two unused bits are. */
function hexOfBase64(text: string, mayLackPadding: boolean): string | null {
  if (!/^[A-Za-z0-9+/]{43}=?$/.test(text) || (text.length === 43 && !mayLackPadding)) return null;
  return Buffer.from(text, "base64").toString("hex");
}

/** Nix's base32 is the bytes as one little-endian number, its highest digit first. */
function base32OfHex(hex: string): string {
  let number = BigInt(`0x${reverseBytes(hex)}`);
  let digits = "";
  while (digits.length < BASE32_LENGTH) {
    digits = BASE32_DIGITS.charAt(Number(number & 31n)) + digits;
    number >>= 5n;
  }
  return digits;
}

function hexOfBase32(text: string): string | null {
  if (text.length !== BASE32_LENGTH) return null;
  let number = 0n;
  for (const character of text) {
    const digit = BASE32_DIGITS.indexOf(character);
    if (digit < 0) return null;
    number = (number << 5n) | BigInt(digit);
  }
  // 52 digits hold 260 bits; Nix refuses a number that does not fit in 256.
  return number >> 256n === 0n ? reverseBytes(number.toString(16).padStart(64, "0")) : null;
}

function reverseBytes(hex: string): string {
  return Buffer.from(hex, "hex").reverse().toString("hex");
}
