import { gunzipSync } from "node:zlib";
import { CodedError } from "../base/errors.ts";
import { type Digest, digestOf, isDigest, shortDigest } from "../oci/digest.ts";
import { mediaTypeOf } from "../oci/media-type.ts";
import { printRepository, type Repository, type Tag } from "../oci/reference.ts";
import { discard, readBounded } from "./bounded-body.ts";
import type { FetchedManifest, ManifestHead, RequestOptions } from "./client.ts";
import { readFailedAnswer } from "./failed-answer.ts";
import { header } from "./headers.ts";
import { manifestRefusal } from "./refusal.ts";
import { TransientFailure } from "./retry.ts";
import type { Session, SessionContext } from "./session.ts";
import type { HttpResponse } from "./transport.ts";

/** containers/image `internal/iolimits`. */
const MANIFEST_LIMIT = 4 * 1024 * 1024;
/** skopeo's types in its order, without schema1, which is not supported. A registry may choose what a tag means by it. */
const ACCEPT = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.index.v1+json",
].join(", ");

/**
 * Where a reference points, by HEAD, which Docker Hub does not count as a pull. What HEAD does not tell is asked by GET: a
 * refusal's reason, and all of a registry that answers HEAD badly (no digest, no length, no such method).
 */
export async function resolveManifest(
  session: Session,
  context: SessionContext,
  repository: Repository,
  reference: Tag | Digest,
  options: RequestOptions,
): Promise<ManifestHead> {
  const head = session.answersHeads ? await askForHead(session, context, repository, reference, options) : null;
  if (head !== null && (!isDigest(reference) || head.digest === reference)) return head;
  const { digest, contentType, size } = await fetchManifest(session, context, repository, reference, options);
  return { digest, contentType, size };
}

/** Null when the answer does not say where the reference points. */
async function askForHead(
  session: Session,
  context: SessionContext,
  repository: Repository,
  reference: Tag | Digest,
  options: RequestOptions,
): Promise<ManifestHead | null> {
  const response = await context.retries.run(session.endpoint.base.origin, options, () =>
    session.send(manifestRequest("HEAD", repository, reference), options),
  );
  discard(response.body);
  const { status } = response;
  const digest = header(response, "docker-content-digest");
  const size = contentLength(response);
  if (status === 200 && digest !== null && isDigest(digest) && size !== null) {
    return { digest, contentType: contentType(response), size };
  }
  if (status === 200 || status === 405 || status === 501) session.answersHeads = false;
  return null;
}

/** The bytes of a manifest, verified; by tag, their own digest counts whatever the header says. */
export async function fetchManifest(
  session: Session,
  context: SessionContext,
  repository: Repository,
  reference: Tag | Digest,
  options: RequestOptions,
): Promise<FetchedManifest> {
  const fetchOnce = (extraHeaders: Readonly<Record<string, string>>) =>
    context.retries.run(session.endpoint.base.origin, options, async () => {
      const request = manifestRequest("GET", repository, reference, extraHeaders);
      const response = await session.send(request, options);
      if (response.status !== 200) {
        const answer = await readFailedAnswer(response, session.endpoint.registry, context.redactor, options.signal);
        throw manifestRefusal(repository, reference, answer);
      }
      if (contentType(response) === "text/html") throw webPage(response, repository);
      const body = await readManifest(response, repository, options.signal);
      const announced = header(response, "docker-content-digest");
      const expected = isDigest(reference) ? reference : announced;
      const bytes = decoded(body, header(response, "content-encoding"), expected);
      return { bytes, announced, digest: digestOf(bytes), contentType: contentType(response), size: bytes.length };
    });

  let fetched = await fetchOnce({});
  if (isDigest(reference) && fetched.digest !== reference) {
    // A cache on the way may hold a bad copy.
    fetched = await fetchOnce({ "cache-control": "no-cache" });
    if (fetched.digest !== reference) throw mismatch(repository, reference, fetched.digest);
  }
  const { announced, ...manifest } = fetched;
  if (!isDigest(reference) && announced !== null && announced !== manifest.digest) {
    const name = `${printRepository(repository)}:${reference}`;
    context.log.warn(
      `${name} was announced with a digest that its manifest does not have; the manifest's own is used.`,
    );
  }
  return manifest;
}

function manifestRequest(
  method: "GET" | "HEAD",
  repository: Repository,
  reference: Tag | Digest,
  extraHeaders: Readonly<Record<string, string>> = {},
) {
  const headers = { accept: ACCEPT, ...extraHeaders };
  return { method, repository, resource: `manifests/${reference}`, headers, isForManifest: true };
}

async function readManifest(response: HttpResponse, repository: Repository, signal?: AbortSignal): Promise<Buffer> {
  const bytes = await readBounded(response.body, MANIFEST_LIMIT, response.url, signal);
  if (bytes !== null) return bytes;
  const name = printRepository(repository);
  throw new CodedError("manifest-too-large", `The manifest of ${name} is larger than 4 MiB; no tool accepts that.`);
}

/** A manifest that came compressed although nobody asked is decoded, unless the raw bytes are what was meant. */
function decoded(body: Buffer, encoding: string | null, expected: string | null): Uint8Array {
  if (encoding !== "gzip" || digestOf(body) === expected) return body;
  try {
    return gunzipSync(body, { maxOutputLength: MANIFEST_LIMIT });
  } catch (cause) {
    const problem = new CodedError("registry-failed", "A manifest came with a broken compression; try again.", {
      cause,
    });
    throw new TransientFailure(problem, "a manifest was damaged on the way");
  }
}

/** Disabled registries and captive portals answer so, with a status of 200. */
function webPage(response: HttpResponse, repository: Repository): CodedError {
  discard(response.body);
  return new CodedError(
    "registry-failed",
    `${response.url.host} answered with a web page instead of a manifest of ${printRepository(repository)}; check the registry's name and the network.`,
  );
}

function mismatch(repository: Repository, expected: Digest, actual: Digest): CodedError {
  const name = printRepository(repository);
  return new CodedError(
    "digest-mismatch",
    `The manifest ${shortDigest(expected)} of ${name} came with the digest ${shortDigest(actual)}; do not trust this registry or mirror.`,
  );
}

function contentType(response: HttpResponse): string | null {
  return mediaTypeOf(header(response, "content-type"));
}

function contentLength(response: HttpResponse): number | null {
  const value = header(response, "content-length");
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null;
}
