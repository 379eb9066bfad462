import { createHash } from "node:crypto";
import { fail, type Result, succeed } from "../base/errors.ts";
import { printable } from "../base/printable.ts";

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = string & { readonly __digest: true };

const SHA256_DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads a digest as skopeo does: sha256 only, lower case only.
 * Problems: `malformed-digest`, `unsupported-digest-algorithm`.
 */
export function parseDigest(text: string): Result<Digest> {
  if (isDigest(text)) return succeed(text);
  const shown = printable(text, 100);
  if (/^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-zA-Z]+$/.test(text) && !text.toLowerCase().startsWith("sha256:")) {
    return fail("unsupported-digest-algorithm", `The digest "${shown}" is not sha256; pin the sha256 digest instead.`);
  }
  if (/^sha256:[0-9a-f]{64}$/i.test(text)) {
    return fail("malformed-digest", `The digest "${shown}" has upper-case letters; write it in lower case.`);
  }
  return fail("malformed-digest", `"${shown}" is not a digest; write "sha256:" and 64 hexadecimal digits.`);
}

export function isDigest(text: string): text is Digest {
  return SHA256_DIGEST.test(text);
}

/** The 64 hexadecimal digits. */
export function digestHex(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/** The digest that has these 64 lower-case hexadecimal digits, as `Hash.digest("hex")` gives them. */
export function digestFromHex(hex: string): Digest {
  const digest = `sha256:${hex}`;
  if (!isDigest(digest)) throw new TypeError(`not the hex of a sha256: ${hex}`);
  return digest;
}

export function digestOf(bytes: Uint8Array): Digest {
  return digestFromHex(createHash("sha256").update(bytes).digest("hex"));
}

/** The first twelve hexadecimal digits, for people. */
export function shortDigest(digest: Digest): string {
  return digest.slice(0, "sha256:".length + 12);
}
