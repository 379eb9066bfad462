import type { IncomingHttpHeaders } from "node:http";
import { isDigest } from "../../../server/src/oci/digest.ts";
import type { RegistryContent } from "./content.ts";

export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Uint8Array;
}

/** A list stands for as many lines of one name. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>;

export interface Question {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

const API_VERSION = { "Docker-Distribution-Api-Version": "registry/2.0" };
const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" };
const TEXT_TYPE = { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" };
const BLOB_METHODS = "DELETE, GET, HEAD";
const MANIFEST_METHODS = "DELETE, GET, HEAD, PUT";
const ROUTE = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/;

/**
 * What a registry that holds `content` answers, status, headers and bodies as docker-registry 2.8 gives them.
 * Unlike that release, which has no pagination of tags, `n` and `last` work as the distribution specification says.
 * Only reading is answered: every other method gets 405.
 */
export function answerFrom(content: RegistryContent, question: Question): Answer {
  const path = question.url.pathname;
  if (path === "/v2/") return withHeaders(plainAnswer(200, JSON_TYPE, "{}"), API_VERSION);
  if (!path.startsWith("/v2/")) return withHeaders(textAnswer(404, "404 page not found\n"), API_VERSION);
  const [, repository, kind, name] = ROUTE.exec(path) ?? [];
  if (repository === undefined || name === undefined) return notFound();
  if (kind === "manifests") return withHeaders(manifestAnswer(content, question, repository, name), API_VERSION);
  if (kind === "blobs") return withHeaders(blobAnswer(content, question, repository, name), API_VERSION);
  return name === "list" ? withHeaders(tagsAnswer(content, question, repository), API_VERSION) : notFound();
}

/** An error body in the form of the distribution specification. */
export function errorAnswer(status: number, code: string, message: string, detail?: unknown): Answer {
  const error = detail === undefined ? { code, message } : { code, message, detail };
  return plainAnswer(status, { ...JSON_TYPE, ...API_VERSION }, `${JSON.stringify({ errors: [error] })}\n`);
}

export function withHeaders(answer: Answer, headers: AnswerHeaders): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

export function plainAnswer(status: number, headers: AnswerHeaders, text: string): Answer {
  return { status, headers, body: Buffer.from(text) };
}

function manifestAnswer(content: RegistryContent, question: Question, path: string, name: string): Answer {
  if (!["GET", "HEAD"].includes(question.method)) return methodNotAllowed(MANIFEST_METHODS);
  const repository = content.get(path);
  const digest = isDigest(name) ? name : repository?.tags.get(name);
  const manifest = digest === undefined ? undefined : repository?.manifests.get(digest);
  if (digest === undefined || manifest === undefined) {
    const detail = isDigest(name) ? { Name: path, Revision: name } : { Tag: name };
    return errorAnswer(404, "MANIFEST_UNKNOWN", "manifest unknown", detail);
  }
  if (manifest.mediaType.startsWith("application/vnd.oci.") && !accepts(question, manifest.mediaType)) {
    const kind = manifest.mediaType.includes("index") ? "index" : "manifest";
    const message = `OCI ${kind} found, but accept header does not support OCI ${kind === "index" ? "indexes" : "manifests"}`;
    return errorAnswer(404, "MANIFEST_UNKNOWN", message);
  }
  const headers = { "Content-Type": manifest.mediaType, "Docker-Content-Digest": digest, Etag: `"${digest}"` };
  return { status: 200, headers, body: manifest.bytes };
}

function blobAnswer(content: RegistryContent, question: Question, path: string, name: string): Answer {
  if (!isDigest(name)) return notFound();
  if (!["GET", "HEAD"].includes(question.method)) return methodNotAllowed(BLOB_METHODS);
  const bytes = content.get(path)?.blobs.get(name);
  if (bytes === undefined) return errorAnswer(404, "BLOB_UNKNOWN", "blob unknown to registry", name);
  const headers = {
    "Cache-Control": "max-age=31536000",
    "Docker-Content-Digest": name,
    Etag: `"${name}"`,
  };
  const blobHeaders = { ...headers, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream" };
  if (question.headers.range === undefined) return { status: 200, headers: blobHeaders, body: bytes };
  const range = readRange(question.headers.range, bytes.length);
  if (range === null) {
    const contentRange = { "Content-Range": `bytes */${bytes.length}` };
    return { status: 416, headers: { ...headers, ...TEXT_TYPE, ...contentRange }, body: new Uint8Array() };
  }
  const contentRange = `bytes ${range.start}-${range.end - 1}/${bytes.length}`;
  return {
    status: 206,
    headers: { ...blobHeaders, "Content-Range": contentRange },
    body: bytes.subarray(range.start, range.end),
  };
}

function tagsAnswer(content: RegistryContent, question: Question, path: string): Answer {
  if (question.method !== "GET") return methodNotAllowed("GET");
  const repository = content.get(path);
  if (repository === undefined) {
    return errorAnswer(404, "NAME_UNKNOWN", "repository name not known to registry", { name: path });
  }
  const last = question.url.searchParams.get("last");
  const limit = Number(question.url.searchParams.get("n") ?? Number.POSITIVE_INFINITY);
  const following = [...repository.tags.keys()].sort().filter((tag) => last === null || tag > last);
  const page = following.slice(0, limit);
  const answer = plainAnswer(200, JSON_TYPE, `${JSON.stringify({ name: path, tags: page })}\n`);
  const lastOfPage = page.at(-1);
  if (page.length === following.length || lastOfPage === undefined) return answer;
  const next = new URLSearchParams({ last: lastOfPage, n: String(limit) });
  return withHeaders(answer, { Link: `<${question.url.pathname}?${next}>; rel="next"` });
}

function accepts(question: Question, mediaType: string): boolean {
  const listed = (question.headers.accept ?? "").split(",");
  return listed.some((item) => item.split(";", 1)[0]?.trim() === mediaType);
}

/** One range of bytes, `end` exclusive; null when it cannot be satisfied. */
function readRange(header: string, size: number): { start: number; end: number } | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return null;
  if (first === "") return { start: Math.max(0, size - Number(last)), end: size };
  const start = Number(first);
  const end = last === "" ? size : Math.min(size, Number(last) + 1);
  return start < size && start < end ? { start, end } : null;
}

function methodNotAllowed(allow: string): Answer {
  return withHeaders(textAnswer(405, "Method not allowed\n"), { Allow: allow });
}

function notFound(): Answer {
  return withHeaders(textAnswer(404, "404 page not found\n"), API_VERSION);
}

function textAnswer(status: number, text: string): Answer {
  return plainAnswer(status, TEXT_TYPE, text);
}
