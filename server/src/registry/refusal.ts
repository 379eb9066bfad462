import { CodedError } from "../base/errors.ts";
import { type Digest, isDigest, shortDigest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { printRepository, type Repository, type Tag } from "../oci/reference.ts";
import type { FailedAnswer } from "./failed-answer.ts";

/** What a failed request for a manifest means, and what to do about it. */
export function manifestRefusal(repository: Repository, reference: Tag | Digest, answer: FailedAnswer): CodedError {
  if (answer.status === 403) return denied(repository, answer);
  if (answer.status !== 404) return failed(answer);
  if (answer.error.code === "NAME_UNKNOWN" || answer.error.code === null) return unknownName(repository, answer);
  const name = printRepository(repository);
  return isDigest(reference)
    ? new CodedError("digest-gone", `${answer.words}: ${name} no longer has ${shortDigest(reference)}; update the pin.`)
    : new CodedError(
        "tag-not-found",
        `${answer.words}: ${name} has no tag "${reference}"; check the name and the tag.`,
      );
}

/** What a failed request for a repository's tags means. */
export function nameRefusal(repository: Repository, answer: FailedAnswer): CodedError {
  if (answer.status === 403) return denied(repository, answer);
  return answer.status === 404 ? unknownName(repository, answer) : failed(answer);
}

/** What a failed request for a blob means. */
export function blobRefusal(repository: Repository, descriptor: Descriptor, answer: FailedAnswer): CodedError {
  const what = `the ${kindOf(descriptor)} ${shortDigest(descriptor.digest)} of ${printRepository(repository)}`;
  if (answer.status === 403) return denied(repository, answer, what);
  if (answer.status !== 404) return failed(answer);
  return new CodedError("blob-missing", `${answer.words}: ${what} is missing; push the image again.`);
}

function kindOf({ mediaType }: Descriptor): string {
  if (/\.layer\.|\.rootfs\./.test(mediaType)) return "layer";
  return /\.config\.|\.container\.image\./.test(mediaType) ? "config" : "blob";
}

function unknownName(repository: Repository, answer: FailedAnswer): CodedError {
  const name = printRepository(repository);
  return new CodedError(
    "registry-not-found",
    `${answer.words}: ${name} was not found; check the registry and the name.`,
  );
}

/** What a 403 means. */
export function denied(
  repository: Repository,
  answer: FailedAnswer,
  what: string = printRepository(repository),
): CodedError {
  const advice = `check the name, ask for access, or sign in with "docker login ${repository.registry}"`;
  return new CodedError("registry-denied", `${answer.words}: access to ${what} is denied; ${advice}.`);
}

function failed(answer: FailedAnswer): CodedError {
  return new CodedError("registry-failed", `${answer.words}; try again later.`);
}
