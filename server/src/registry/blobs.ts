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
import type { HttpResponse } from "./transport.ts";

/** Far above any real layer; only to bound what a hostile server can send. */
const BLOB_LIMIT = 64 * 1024 ** 3;

/** A download that breaks off after at least so many bytes has not used up an attempt. */
const PROGRESS = 1024 * 1024;

/**
 * The bytes of a blob as they arrive, verified at the end. A download that breaks off is resumed where it stopped, as
 * long as it makes progress, else five times.
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
  const { origin } = session.endpoint.base;
  const hash = createHash("sha256");
  let received = 0;
  for (let attempt = 1, isComplete = false; !isComplete; attempt += 1) {
    const offset = received;
    const part = await context.retries.run(origin, options, () =>
      openBlob(session, context, repository, descriptor, offset, options),
    );
    try {
      for (let next = part.first; !next.done; next = await part.chunks.next()) {
        received += next.value.length;
        if (received > part.limit) throw tooLarge(repository, descriptor, part.limit);
        hash.update(next.value);
        yield next.value;
      }
      isComplete = true;
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      if (received - offset >= PROGRESS) attempt = 1;
      postponeResume(context, origin, error, attempt, interrupted(repository, descriptor, received, error));
    } finally {
      await part.chunks.return(undefined);
    }
  }
  if (digestFromHex(hash.digest("hex")) !== descriptor.digest) throw wrongBytes(repository, descriptor, received);
  if (received !== descriptor.size) {
    const name = `${shortDigest(descriptor.digest)} of ${printRepository(repository)}`;
    context.log.warn(`The blob ${name} has ${received} bytes, but its manifest says ${descriptor.size}.`);
  }
}

interface BlobPart {
  readonly chunks: AsyncGenerator<Uint8Array>;
  readonly first: IteratorResult<Uint8Array>;
  /** Of the bytes of the whole blob. */
  readonly limit: number;
}

/** Opens a blob at an offset and waits for its first bytes, so that what fails until then counts as an attempt. */
async function openBlob(
  session: Session,
  context: SessionContext,
  repository: Repository,
  descriptor: Descriptor,
  offset: number,
  options: RequestOptions,
): Promise<BlobPart> {
  const { signal } = options;
  const { digest } = descriptor;
  const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
  // Always from the registry: the signed URL of an earlier redirect may have expired.
  const request = { method: "GET", repository, resource: `blobs/${digest}`, headers } as const;
  const response = await session.send(request, options);
  if (response.status === 416 && offset >= descriptor.size) {
    // All had come when the connection broke off.
    discard(response.body);
    return { chunks: nothing(), first: { done: true, value: undefined }, limit: offset };
  }
  const isPart = response.status === 206;
  if (response.status !== 200 && !(isPart && offset > 0)) {
    const answer = await readFailedAnswer(response, session.endpoint.registry, context.redactor, signal);
    throw blobRefusal(repository, digest, answer);
  }
  if (isPart && !startsAt(response, offset)) {
    discard(response.body);
    throw wrongPart(repository, descriptor, response.url.host);
  }
  const length = response.headers["content-length"];
  const limit = length === undefined ? descriptor.size : Number(length) + (isPart ? offset : 0);
  if (limit > BLOB_LIMIT) {
    discard(response.body);
    throw tooLarge(repository, descriptor, BLOB_LIMIT);
  }
  const body = bodyChunks(response.body, response.url, signal);
  // A registry that knows no ranges starts again; the digest tells whether it is the same blob.
  const chunks = isPart ? body : skipBytes(body, offset);
  return { chunks, first: await chunks.next(), limit };
}

/** `Content-Range: bytes FIRST-LAST/TOTAL` (RFC 9110, section 14.4), of one range only. */
function startsAt(response: HttpResponse, offset: number): boolean {
  const [, first] =
    /^bytes (\d{1,15})-\d{1,15}\/(?:\d{1,15}|\*)$/.exec(String(response.headers["content-range"])) ?? [];
  return first !== undefined && Number(first) === offset;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* skipBytes(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

function postponeResume(
  context: SessionContext,
  origin: string,
  failure: TransientFailure,
  attempt: number,
  problem: CodedError,
): void {
  context.log.debug(problem.message);
  context.retries.postpone(origin, new TransientFailure(problem, failure.message, failure.retryAfter), attempt);
}

function wrongPart(repository: Repository, { digest }: Descriptor, host: string): CodedError {
  const what = `${shortDigest(digest)} of ${printRepository(repository)}`;
  return new CodedError("blob-truncated", `${host} sent another part of ${what} than it was asked for; try again.`);
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
