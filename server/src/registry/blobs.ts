import { createHash } from "node:crypto";
import { CodedError } from "../base/errors.ts";
import { digestFromHex, shortDigest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { printRepository, type Repository } from "../oci/reference.ts";
import { bodyChunks, discard } from "./bounded-body.ts";
import type { RequestOptions } from "./client.ts";
import { readFailedAnswer } from "./failed-answer.ts";
import { blobRefusal } from "./refusal.ts";
import { TransientFailure } from "./retry.ts";
import type { Session, SessionContext } from "./session.ts";

/** Far above any real layer; only to bound what a hostile server can send. */
const BLOB_LIMIT = 64 * 1024 ** 3;

/**
 * The bytes of a blob as they arrive, verified at the end.
 * A failure before the first byte is retried; a later one is the caller's to handle, who has part of the bytes.
 * The descriptor's size bounds a body of unannounced length; else the announced length does, and the digest decides
 * (skopeo tolerates wrong sizes in descriptors).
 */
export async function* downloadBlob(
  session: Session,
  context: SessionContext,
  repository: Repository,
  descriptor: Descriptor,
  options: RequestOptions,
): AsyncGenerator<Uint8Array> {
  const { chunks, first, announced } = await context.retries.run(session.endpoint.base.origin, options, () =>
    startDownload(session, context, repository, descriptor, options),
  );
  const limit = announced ?? descriptor.size;
  const hash = createHash("sha256");
  let received = 0;
  try {
    for (let next = first; !next.done; next = await chunks.next()) {
      received += next.value.length;
      if (received > limit) throw tooLarge(repository, descriptor, limit);
      hash.update(next.value);
      yield next.value;
    }
  } catch (error) {
    if (!(error instanceof TransientFailure)) throw error;
    throw interrupted(repository, descriptor, received, error);
  } finally {
    await chunks.return(undefined);
  }
  if (digestFromHex(hash.digest("hex")) !== descriptor.digest) throw wrongBytes(repository, descriptor, received);
  if (received !== descriptor.size) {
    const name = `${shortDigest(descriptor.digest)} of ${printRepository(repository)}`;
    context.log.warn(`The blob ${name} has ${received} bytes, but its manifest says ${descriptor.size}.`);
  }
}

async function startDownload(
  session: Session,
  context: SessionContext,
  repository: Repository,
  descriptor: Descriptor,
  options: RequestOptions,
) {
  const { signal } = options;
  const { digest } = descriptor;
  const request = { method: "GET", repository, resource: `blobs/${digest}`, headers: {} } as const;
  const response = await session.send(request, options);
  if (response.status !== 200) {
    const answer = await readFailedAnswer(response, session.endpoint.registry, context.redactor, signal);
    throw blobRefusal(repository, digest, answer);
  }
  const length = response.headers["content-length"];
  const announced = length === undefined ? null : Number(length);
  if (announced !== null && announced > BLOB_LIMIT) {
    discard(response.body);
    throw tooLarge(repository, descriptor, BLOB_LIMIT);
  }
  const chunks = bodyChunks(response.body, response.url, signal);
  return { chunks, first: await chunks.next(), announced };
}

function tooLarge(repository: Repository, { digest }: Descriptor, limit: number): CodedError {
  const what = `The blob ${shortDigest(digest)} of ${printRepository(repository)}`;
  return new CodedError(
    "blob-too-large",
    `${what} is larger than the ${limit} bytes it should have; push the image again.`,
  );
}

function interrupted(repository: Repository, descriptor: Descriptor, received: number, failure: TransientFailure) {
  const what = `The download of ${shortDigest(descriptor.digest)} of ${printRepository(repository)}`;
  const { problem } = failure;
  const isTimeout = problem.code === "registry-timeout";
  return new CodedError(
    isTimeout ? "registry-timeout" : "blob-truncated",
    `${what} ${isTimeout ? "stalled" : "broke off"} after ${received} of ${descriptor.size} bytes; try again.`,
    { cause: problem },
  );
}

function wrongBytes(repository: Repository, { digest, size }: Descriptor, received: number): CodedError {
  const what = `The blob ${shortDigest(digest)} of ${printRepository(repository)}`;
  if (received < size) {
    return new CodedError("blob-truncated", `${what} ended after ${received} of ${size} bytes; try again.`);
  }
  return new CodedError(
    "digest-mismatch",
    `${what} has other content than its digest says; try again, or push it again.`,
  );
}
