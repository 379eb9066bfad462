import { printable } from "../base/printable.ts";
import type { Pin } from "../nix/pin.ts";
import { parseRepository } from "../oci/reference.ts";

/** The image that a pin follows, as people name it; the place where it stands when its name is not known. */
export function labelOf({ imageName, followedTag, file, line }: Pin): string {
  if (imageName.state !== "known") return `${file}:${line}`;
  const name = printable(imageName.value);
  return parseRepository(imageName.value).ok ? `${name}:${followedTag.tag}` : name;
}
