import type { Digest } from "../../oci/digest.ts";
import { parseRepository, printRepository } from "../../oci/reference.ts";
import type { PinnedImage } from "../../pins/assess.ts";

/** A hash that was computed before, and what for. */
export interface KnownHash {
  readonly imageDigest: Digest;
  readonly finalImageName: string;
  readonly finalImageTag: string;
  readonly hash: Digest;
}

/**
 * What the stated hash of an image was computed for, if that is another final name or tag than the image has now; null when
 * it was computed for these, or never.
 */
export function namedOtherwise(image: PinnedImage, knownHashes: readonly KnownHash[]): KnownHash | null {
  const same = knownHashes.filter((known) => known.imageDigest === image.digest && known.hash === image.hash);
  const own = finalReference(image);
  return same.some((known) => finalReference(known) === own) ? null : (same[0] ?? null);
}

/** As it stands in the archive: `nginx` is `docker.io/library/nginx`. */
function finalReference({
  finalImageName,
  finalImageTag,
}: Pick<KnownHash, "finalImageName" | "finalImageTag">): string {
  const repository = parseRepository(finalImageName);
  return `${repository.ok ? printRepository(repository.value) : finalImageName}:${finalImageTag}`;
}
