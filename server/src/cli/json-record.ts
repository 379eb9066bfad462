import type { Problem } from "../base/errors.ts";
import { printHash } from "../nix/hash-encoding.ts";
import type { AttributeReading, Pin } from "../nix/pin.ts";
import type { Digest } from "../oci/digest.ts";
import type { Sources } from "./source-file.ts";

/** A pin as `--json` prints it. The names are stable; `docs/cli.md` documents them. */
export function pinRecord(pin: Pin, status: string, problem: Problem | null, { placeOf }: Pick<Sources, "placeOf">) {
  return {
    file: pin.file,
    line: pin.line,
    column: pin.column,
    calledAt: pin.calledAt.map(placeOf),
    callee: pin.callee,
    systems: pin.systems,
    ...valuesRecord(pin),
    variants: pin.variants.map((variant) => ({ systems: variant.systems, ...valuesRecord(variant) })),
    followedTag: pin.followedTag.tag,
    followedFrom: pin.followedTag.from,
    status,
    reason: problem?.message ?? null,
  };
}

function valuesRecord(pin: Pin) {
  return {
    imageName: knownValue(pin.imageName),
    imageDigest: knownValue(pin.imageDigest),
    hash: knownValue(pin.hash),
    hashAttribute: pin.hashAttribute,
    hashEncoding: pin.hashEncoding,
    finalImageName: knownValue(pin.finalImageName),
    finalImageTag: knownValue(pin.finalImageTag),
    os: knownValue(pin.os),
    arch: knownValue(pin.arch),
  };
}

/** A hash in the encoding that the pin uses, SRI where it has none yet. */
export function printHashFor(pin: Pin, hash: Digest): string {
  return printHash(hash, pin.hashEncoding ?? "sri");
}

export function printJson(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function knownValue(reading: AttributeReading): string | null {
  return reading.state === "known" ? reading.value : null;
}
