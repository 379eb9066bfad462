import { fail, type Problem, type Result, succeed } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { type Digest, parseDigest } from "./digest.ts";

/** A tag: `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`. */
export type Tag = string & { readonly __tag: true };

/** A repository of a registry, as the user sees it: `docker.io` and `library/alpine`. */
export interface Repository {
  /** Registry host, with port where one was given; Docker Hub is `docker.io`. */
  readonly registry: string;
  /** Path below the registry, `library/` filled in on Docker Hub. */
  readonly path: string;
}

/** `registry/repository[:tag][@digest]`, normalised as the distribution project does. */
export interface ImageReference extends Repository {
  readonly tag: Tag | null;
  readonly digest: Digest | null;
}

const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const HOST_LABEL = "(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])";
const HOST = new RegExp(`^(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?$`);
/** Of registry and path together, `docker.io/library/` filled in. */
const NAME_LENGTH_LIMIT = 255;
const TEXT_LENGTH_LIMIT = 1024;

/**
 * Reads `[registry/]repository[:tag][@digest]`.
 * Rules: distribution/reference `normalize.go` and `regexp.go`, with sha256 digests only.
 * Problems: `malformed-reference`, `malformed-tag`, `malformed-digest`, `unsupported-digest-algorithm`.
 */
export function parseReference(text: string): Result<ImageReference> {
  if (text.length > TEXT_LENGTH_LIMIT) return malformed(text, "it is too long");
  const atSign = text.indexOf("@");
  const name = atSign < 0 ? text : text.slice(0, atSign);
  let digest: Digest | null = null;
  if (atSign >= 0) {
    const parsed = parseDigest(text.slice(atSign + 1));
    if (!parsed.ok) return parsed;
    digest = parsed.value;
  }
  const colon = name.lastIndexOf(":");
  const hasTag = colon >= 0 && !name.includes("/", colon);
  const repository = parseRepository(hasTag ? name.slice(0, colon) : name);
  if (!repository.ok) return repository;
  if (!hasTag) return succeed({ ...repository.value, tag: null, digest });
  const tag = parseTag(name.slice(colon + 1));
  if (!tag.ok) return tag;
  return succeed({ ...repository.value, tag: tag.value, digest });
}

/**
 * Reads a repository name that has neither tag nor digest, as `imageName` of `pullImage` must be.
 * `Foo/bar` is refused: distribution v2.8 reads an upper-case name on Docker Hub, which it refuses, later ones read a host
 * `Foo`, and skopeo releases differ with them.
 * Problems: `malformed-reference`.
 */
export function parseRepository(text: string): Result<Repository> {
  if (text.length > TEXT_LENGTH_LIMIT) return malformed(text, "it is too long");
  if (text === "") return malformed(text, "it is empty");
  if (/^https?:\/\//i.test(text)) return malformed(text, "leave out the URL scheme");
  if (/^[0-9a-f]{64}$/.test(text)) return malformed(text, "64 hexadecimal digits are an image ID, not a name");
  const { registry, path } = splitRegistry(text);
  // The grammar lets through what is no address, such as port 99999, 256.1.1.1 or "[:::]".
  if (!HOST.test(registry) || !URL.canParse(`https://${registry}`))
    return malformed(text, `"${printable(registry, 60)}" is not a host name`);
  if (path !== path.toLowerCase()) return malformed(text, "a repository name must be lower case");
  if (path.includes("@")) return malformed(text, "a digest does not belong in the name");
  const lastComponent = path.slice(path.lastIndexOf("/") + 1);
  if (lastComponent.includes(":")) return malformed(text, "a tag does not belong in the name");
  if (!path.split("/").every((component) => PATH_COMPONENT.test(component))) {
    return malformed(text, "name components are lower-case letters and digits, joined by '.', '_', '__' or '-'");
  }
  if (registry.length + 1 + path.length > NAME_LENGTH_LIMIT) return malformed(text, "it is too long");
  return succeed({ registry, path });
}

/** Reads a tag. Problems: `malformed-tag`. */
export function parseTag(text: string): Result<Tag> {
  if (isTag(text)) return succeed(text);
  return fail(
    "malformed-tag",
    `"${printable(text, 100)}" is not a tag; use up to 128 letters, digits, '_', '.' and '-', not starting with '.' or '-'.`,
  );
}

export function isTag(text: string): text is Tag {
  return TAG.test(text);
}

/** `registry/path`, as it stands in an archive and in messages. */
export function printRepository(repository: Repository): string {
  return `${repository.registry}/${repository.path}`;
}

export function printReference(reference: ImageReference): string {
  const tag = reference.tag === null ? "" : `:${reference.tag}`;
  const digest = reference.digest === null ? "" : `@${reference.digest}`;
  return `${printRepository(reference)}${tag}${digest}`;
}

function splitRegistry(text: string): Repository {
  const slash = text.indexOf("/");
  const first = slash < 0 ? "" : text.slice(0, slash);
  const namesRegistry = first.includes(".") || first.includes(":") || first === "localhost";
  if (!namesRegistry) return onDockerHub(text);
  const path = text.slice(slash + 1);
  return first === "docker.io" || first === "index.docker.io" ? onDockerHub(path) : { registry: first, path };
}

function onDockerHub(path: string): Repository {
  return { registry: "docker.io", path: path.includes("/") ? path : `library/${path}` };
}

function malformed(text: string, why: string): { ok: false; problem: Problem } {
  return fail("malformed-reference", `"${printable(text, 100)}" is not an image name: ${why}.`);
}
