import { fail, type Result, succeed } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { parseRepository, parseTag, printRepository, type Tag } from "../oci/reference.ts";

/** The name and tag that an archive gives to its image, normalised: `docker.io/library/nix` and `2.19.3`. */
export interface FinalReference {
  readonly name: string;
  readonly tag: Tag;
}

/**
 * Reads `finalImageName` and `finalImageTag` as skopeo reads the REF of `docker-archive:FILE:REF`. Stricter than a
 * source reference: no digest and no IPv6 address; but 64 hexadecimal digits are a name, since a tag follows them.
 * Problems: `final-reference-malformed`.
 */
export function parseFinalReference(name: string, tag: string): Result<FinalReference> {
  const parsedTag = parseTag(tag);
  if (!parsedTag.ok) return malformed("finalImageTag", parsedTag.problem.message);
  if (name.startsWith("[")) {
    return malformed("finalImageName", `skopeo takes no IPv6 address in "${printable(name, 100)}".`);
  }
  const repository = parseRepository(/^[0-9a-f]{64}$/.test(name) ? `docker.io/${name}` : name);
  if (!repository.ok) return malformed("finalImageName", repository.problem.message);
  return succeed({ name: printRepository(repository.value), tag: parsedTag.value });
}

function malformed(attribute: string, why: string) {
  return fail("final-reference-malformed", `${attribute} can't be used: ${why}`);
}
