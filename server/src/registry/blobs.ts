import { createHash, type Hash } from "node:crypto";
import { CodedError } from "../base/errors.ts";
import { digestFromHex, digestOf, shortDigest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { printRepository, type Repository } from "../oci/reference.ts";
import type { BlobPlace, BlobServer } from "./blob-places.ts";
import { bodyChunks, discard } from "./bounded-body.ts";
import type { BlobOptions } from "./client.ts";
import { readFailedAnswer } from "./failed-answer.ts";
import { header } from "./headers.ts";
import { afterMirrors } from "./mirrors.ts";
import { blobRefusal } from "./refusal.ts";
import { TransientFailure } from "./retry.ts";
import type { SessionContext } from "./session.ts";
import type { HttpResponse } from "./transport.ts";

/** Far above any real layer; only to bound what a hostile server can send. */
const BLOB_LIMIT = 64 * 1024 ** 3;

/** A download that breaks off after at least so many bytes has not used up an attempt. */
const PROGRESS = 1024 * 1024;

type BlobContext = Pick<SessionContext, "log" | "redactor">;

interface Download {
  readonly repository: Repository;
  readonly descriptor: Descriptor;
  readonly hash: Hash;
  /** Bytes so far. */
  received: number;
}

/**
 * The bytes of a blob as they arrive, verified at the end. A download that breaks off is resumed where it stopped, as
 * long as it makes progress, else five times; a place that fails for good gives way to the next one, which goes on there.
 * The descriptor's size bounds a body of unannounced length; else the announced length does, and the digest decides
 * (skopeo tolerates wrong sizes in descriptors). A blob that the descriptor holds itself is not asked for.
 *
 * @param places tried in this order; the failure of the decisive one is what is thrown when all fail
 */
export async function* downloadBlob(
  places: readonly BlobPlace[],
  context: BlobContext,
  repository: Repository,
  descriptor: Descriptor,
  options: BlobOptions,
): AsyncGenerator<Uint8Array> {
  const { data } = descriptor;
  if (data !== undefined && digestOf(data) === descriptor.digest) {
    yield data;
    return;
  }
  const download: Download = { repository, descriptor, hash: createHash("sha256"), received: 0 };
  let decisive: unknown = null;
  const failures: string[] = [];
  for (const place of places) {
    try {
      yield* downloadFrom(place, context, download, options);
      verify(download, context);
      return;
    } catch (error) {
      options.signal?.throwIfAborted();
      // All bytes were given, and they are wrong: nobody can go on from there.
      const isOver = error instanceof CodedError && error.code === "digest-mismatch";
      if (isOver || !(error instanceof CodedError)) throw error;
      if (place.isDecisive) decisive = error;
      else failures.push(place.takeFailure(error));
    }
  }
  throw afterMirrors(decisive, failures);
}

async function* downloadFrom(
  place: BlobPlace,
  context: BlobContext,
  download: Download,
  options: BlobOptions,
): AsyncGenerator<Uint8Array> {
  const { repository, descriptor, hash } = download;
  const server = await place.open(options);
  for (let attempt = 1, isComplete = false; !isComplete; attempt += 1) {
    const offset = download.received;
    const part = await server.retries.run(server.origin, options, () =>
      openPart(server, context, descriptor, offset, options),
    );
    try {
      for (let next = part.first; !next.done; next = await part.chunks.next()) {
        download.received += next.value.length;
        if (download.received > part.limit) throw tooLarge(repository, descriptor, part.limit);
        hash.update(next.value);
        yield next.value;
      }
      isComplete = download.received === offset || !isCutShort(download);
      if (!isComplete) throw endedEarly(server);
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      if (download.received - offset >= PROGRESS) attempt = 1;
      const problem = interrupted(download, error);
      context.log.debug(problem.message);
      const failure = new TransientFailure(problem, error.message, error.retryAfter);
      server.retries.postpone(server.origin, failure, attempt);
    } finally {
      await part.chunks.return(undefined);
    }
  }
}

/** Caches keep what broke off on its way to them, and give it with the length that it has. */
function isCutShort({ received, descriptor, hash }: Download): boolean {
  return received < descriptor.size && digestFromHex(hash.copy().digest("hex")) !== descriptor.digest;
}

function verify({ repository, descriptor, hash, received }: Download, { log }: BlobContext): void {
  if (digestFromHex(hash.digest("hex")) !== descriptor.digest) throw wrongBytes(repository, descriptor, received);
  if (received === descriptor.size) return;
  const name = `${shortDigest(descriptor.digest)} of ${printRepository(repository)}`;
  log.warn(`The blob ${name} has ${received} bytes, but its manifest says ${descriptor.size}.`);
}

interface BlobPart {
  readonly chunks: AsyncGenerator<Uint8Array>;
  readonly first: IteratorResult<Uint8Array>;
  /** Of the bytes of the whole blob. */
  readonly limit: number;
}

/**
 * Opens a blob at an offset and waits for its first bytes, so that what fails until then counts as an attempt. Always asks
 * the place itself: the signed URL of an earlier redirect may have expired, and one that is refused is asked for once more.
 * An answer with another part than was asked for is thrown away once, and the whole blob asked for.
 */
async function openPart(
  server: BlobServer,
  context: BlobContext,
  descriptor: Descriptor,
  offset: number,
  options: BlobOptions,
  isSecondTry = false,
): Promise<BlobPart> {
  const asksForPart = offset > 0 && !isSecondTry;
  const response = await server.get(asksForPart ? { range: `bytes=${offset}-` } : {}, options);
  const { status, body, url } = response;
  if (status === 416 && offset >= descriptor.size) {
    // All had come when the connection broke off.
    discard(body);
    return { chunks: nothing(), first: { done: true, value: undefined }, limit: offset };
  }
  const isRedirected = url.origin !== server.origin;
  const isBadPart = status === 206 ? !(asksForPart && isPartFrom(response, offset)) : status === 416 && asksForPart;
  if (!isSecondTry && (isBadPart || (isRedirected && (status === 403 || status === 404)))) {
    discard(body);
    return openPart(server, context, descriptor, offset, options, true);
  }
  if (isBadPart) {
    discard(body);
    throw wrongPart(server, descriptor, url.host);
  }
  const isPart = status === 206;
  if (status !== 200 && !isPart) {
    const answer = await readFailedAnswer(response, server.name, context.redactor, options.signal);
    throw blobRefusal(server.repository, descriptor, answer);
  }
  const length = header(response, "content-length");
  const isAnnounced = length !== null && /^\d{1,15}$/.test(length);
  const limit = isAnnounced ? Number(length) + (isPart ? offset : 0) : descriptor.size;
  if (limit > BLOB_LIMIT) {
    discard(body);
    throw tooLarge(server.repository, descriptor, BLOB_LIMIT);
  }
  const whole = bodyChunks(body, url, options.signal);
  // A registry that knows no ranges starts again; the digest tells whether it is the same blob.
  const chunks = isPart ? whole : skipBytes(whole, offset);
  return { chunks, first: await chunks.next(), limit };
}

/** `Content-Range: bytes FIRST-LAST/TOTAL` (RFC 9110, section 14.4), of one range only, with a body of that length. */
export function isPartFrom(response: HttpResponse, offset: number): boolean {
  const range = header(response, "content-range") ?? "";
  const [, first, last] = /^bytes (\d{1,15})-(\d{1,15})\/(?:\d{1,15}|\*)$/.exec(range) ?? [];
  const length = header(response, "content-length");
  if (first === undefined || last === undefined || Number(first) !== offset) return false;
  return length === null || Number(length) === Number(last) - offset + 1;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* skipBytes(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

function endedEarly({ name }: BlobServer): TransientFailure {
  const problem = new CodedError("blob-truncated", `${name} sent less of a blob than its manifest says; try again.`);
  return new TransientFailure(problem, `${name} sent too little`);
}

function wrongPart({ repository }: BlobServer, { digest }: Descriptor, host: string): CodedError {
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

function interrupted({ repository, descriptor, received }: Download, { problem }: TransientFailure): CodedError {
  const what = `The download of ${shortDigest(descriptor.digest)} of ${printRepository(repository)}`;
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
