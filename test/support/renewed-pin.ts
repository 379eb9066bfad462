import { HASH_ATTRIBUTES } from "../../server/src/nix/attribute-reading.ts";
import { parseHash } from "../../server/src/nix/hash-encoding.ts";
import type { AttributeReading, HashAttribute, Pin } from "../../server/src/nix/pin.ts";
import type { PinChange } from "../../server/src/nix/pin-rewrite.ts";
import { type Digest, digestOf } from "../../server/src/oci/digest.ts";
import type { NixCall } from "./nix-calls.ts";

/** The digest that takes the place of another: equal ones are replaced by equal ones. */
export function renewedDigest(digest: string): Digest {
  return digestOf(Buffer.from(`after ${digest}`));
}

/** As `renewedDigest` for a hash, in whatever encoding it is written. */
export function renewedHash(hash: string, attribute: HashAttribute): Digest {
  return digestOf(Buffer.from(`after ${plainHash(hash, attribute)}`));
}

/** A change of a pin, and of all its variants, to renewed values; null for one that cannot be read. */
export function renewal(pin: Pin): PinChange | null {
  const { imageDigest, hash } = pin;
  if (imageDigest.state === "unknown" || hash.state === "unknown") return null;
  const variants = pin.variants.map(renewal);
  if (variants.some((variant) => variant === null)) return null;
  return {
    imageDigest: renewedDigest(textOf(imageDigest)),
    hash: renewedHash(textOf(hash), pin.hashAttribute ?? "hash"),
    ...(variants.length === 0 ? {} : { variants: variants.filter((variant) => variant !== null) }),
  };
}

/** What a call has when its image has been renewed, or as it is; the hash without its encoding. */
export function describedCall({ callee, arguments: given }: NixCall, isRenewed: boolean): Record<string, unknown> {
  const attribute = HASH_ATTRIBUTES.find((name) => typeof given[name] === "string");
  const { [attribute ?? "hash"]: hash, imageDigest, ...rest } = given;
  const [oldHash, oldDigest] = [hash, imageDigest].map((value) => (typeof value === "string" ? value : ""));
  return {
    callee,
    ...rest,
    imageDigest: isRenewed ? renewedDigest(oldDigest ?? "") : oldDigest,
    hash: isRenewed ? renewedHash(oldHash ?? "", attribute ?? "hash") : plainHash(oldHash ?? "", attribute ?? "hash"),
  };
}

function plainHash(hash: string, attribute: HashAttribute): string {
  const parsed = parseHash(hash, attribute);
  return parsed.ok ? parsed.value.digest : hash;
}

function textOf(reading: AttributeReading): string {
  return reading.state === "known" ? reading.value : "";
}
