import { orThrow } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { type Digest, parseDigest } from "../oci/digest.ts";
import { parseReference, parseTag, type Repository, type Tag } from "../oci/reference.ts";
import { usage } from "./arguments.ts";

export interface ImageArguments {
  /** As the user writes it, tag and digest taken off. */
  readonly name: string;
  readonly repository: Repository;
  readonly tag: Tag | null;
  readonly digest: Digest | null;
}

interface ImageOptions {
  readonly "image-name"?: string;
  readonly "image-tag"?: string;
  readonly "image-digest"?: string;
}

/**
 * Reads `IMAGE [TAG|DIGEST]` and the options that stand for them, as nix-prefetch-docker does: what holds "sha256" is a
 * digest. The image may carry its tag and digest itself (`alpine:3.20`). Throws `usage` and the errors of references.
 */
export function readImageArguments(options: ImageOptions, positionals: readonly string[]): ImageArguments {
  const [image, rest, ...more] =
    options["image-name"] === undefined ? positionals : [options["image-name"], ...positionals];
  if (more.length > 0) throw usage("prefetch takes an image, and a tag or a digest");
  if (image === undefined) throw usage("prefetch needs the name of an image");
  const reference = orThrow(parseReference(image));
  const restIsDigest = rest?.includes("sha256") ?? false;
  const tag = theOne("tag", [options["image-tag"], restIsDigest ? undefined : rest, reference.tag]);
  const digest = theOne("digest", [options["image-digest"], restIsDigest ? rest : undefined, reference.digest]);
  const [nameAndTag = image] = image.split("@", 1);
  return {
    name: reference.tag === null ? nameAndTag : nameAndTag.slice(0, -reference.tag.length - 1),
    repository: { registry: reference.registry, path: reference.path },
    tag: tag === null ? null : orThrow(parseTag(tag)),
    digest: digest === null ? null : orThrow(parseDigest(digest)),
  };
}

function theOne(what: string, given: readonly (string | null | undefined)[]): string | null {
  const distinct = new Set(given.filter((value) => value !== undefined && value !== null && value !== ""));
  if (distinct.size > 1) {
    throw usage(
      `the ${what} is given twice, as ${[...distinct].map((one) => `"${printable(one ?? "", 80)}"`).join(" and ")}`,
    );
  }
  return [...distinct][0] ?? null;
}
