import { createHash } from "node:crypto";
import type { AttributeReading, Pin } from "../nix/pin.ts";
import type { Assessment } from "../pins/assess.ts";

/**
 * What a pin asks of registries, as one text. Equal pins share what is known of them, and an edit elsewhere changes
 * nothing in it. Null when a registry can't be asked about the pin.
 */
export function knowledgeKeyOf({ pin, image, variants }: Assessment): string | null {
  if (image === null) return null;
  if (variants.length > 0) return JSON.stringify(variants.map(knowledgeKeyOf));
  const { target, tag, digest, hash, platform, platformStated, archStated, finalImageName, finalImageTag, format } =
    image;
  return JSON.stringify([
    target.repository.registry,
    target.repository.path,
    target.tlsVerify,
    tag,
    pin.followedTag.from === "directive",
    digest,
    hash,
    platform.os,
    platform.architecture,
    platformStated,
    archStated,
    finalImageName,
    finalImageTag,
    format,
  ]);
}

/** An id per pin, by what it says and which of the equal ones it is: other pins may come and go without changing it. */
export function pinIdsOf(pins: readonly Pin[]): string[] {
  const seen = new Map<string, number>();
  return pins.map((pin) => {
    const said = createHash("sha256").update(wordsOf(pin)).digest("base64url").slice(0, 16);
    const before = seen.get(said) ?? 0;
    seen.set(said, before + 1);
    return before === 0 ? said : `${said}.${before}`;
  });
}

function wordsOf(pin: Pin): string {
  const { imageName, imageDigest, hash, finalImageName, finalImageTag, os, arch, tlsVerify } = pin;
  const readings = [imageName, imageDigest, hash, finalImageName, finalImageTag, os, arch, tlsVerify].map(word);
  const variants = pin.variants.map(wordsOf);
  const { callee, hashAttribute, followedTag, ignored, platformDirective } = pin;
  return JSON.stringify([callee, hashAttribute, followedTag, ignored, platformDirective, readings, variants]);
}

function word(reading: AttributeReading): string | null {
  return reading.state === "known" ? `=${reading.value}` : reading.state === "unknown" ? "?" : null;
}
