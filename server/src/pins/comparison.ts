import { CodedError, type Problem } from "../base/errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import { printRepository } from "../oci/reference.ts";
import type { PinnedImage } from "./assessment.ts";

/** A digest that a pin should have. */
export interface CurrentDigest {
  readonly digest: Digest;
  /** What the hash must be computed for. */
  readonly platform: Platform;
}

/** How a pinned digest stands to the tag it follows. */
export type Comparison =
  | { readonly outcome: "fresh"; readonly current: CurrentDigest }
  | { readonly outcome: "stale"; readonly current: CurrentDigest }
  /** The registry no longer has the pinned digest; `current` is null when it lacks the tag as well. */
  | { readonly outcome: "gone"; readonly current: CurrentDigest | null; readonly problem: Problem }
  /** The registry has the digest but not the tag, which may be a local name that was never meant for it. */
  | { readonly outcome: "tag-missing"; readonly problem: Problem };

export type Found<T> = { readonly found: true; readonly value: T } | { readonly found: false };

/** Tells a missing thing, by the code that says so, from a failure. */
export async function orMissing<T>(
  answer: Promise<T>,
  code: "tag-not-found" | "digest-gone" | "blob-missing",
): Promise<Found<T>> {
  try {
    return { found: true, value: await answer };
  } catch (error) {
    if (error instanceof CodedError && error.code === code) return { found: false };
    throw error;
  }
}

export function tagMissing({ target, tag }: PinnedImage): Problem {
  return {
    code: "tag-not-found",
    message: `${printRepository(target.repository)} has no tag "${tag}"; name the tag to follow in a comment "# dockpin: tag=…".`,
  };
}
