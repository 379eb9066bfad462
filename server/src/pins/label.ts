import { printable } from "../base/printable.ts";
import type { Pin } from "../nix/pin.ts";
import { parseRepository } from "../oci/reference.ts";

/** The image that a pin follows, as people name it; the place where it stands when its name is not known. */
export function labelOf({ imageName, registryUrl, followedTag, file, line }: Pin): string {
  if (imageName.state !== "known") return `${file}:${line}`;
  const repository = registryUrl.state === "known" ? `${registryUrl.value}/${imageName.value}` : imageName.value;
  const name = printable(repository);
  return parseRepository(repository).ok ? `${name}:${followedTag.tag}` : name;
}
