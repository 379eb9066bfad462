import { fail, type Result, succeed } from "../base/errors.ts";
import type { Repository } from "../oci/reference.ts";
import type { Credentials } from "./credentials.ts";

/** What a `config.json` of Docker or an `auth.json` of Podman says. */
export interface CredentialFile {
  readonly entries: ReadonlyMap<string, Credentials>;
  /** Registry host to the suffix of a credential helper's name. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for all other registries. */
  readonly store: string | null;
  /** Keys whose entry could not be read. */
  readonly unreadableKeys: readonly string[];
}

/** The user name that says that the password is an identity token (docker-credential-helpers, Azure). */
const TOKEN_USERS = ["<token>", "00000000-0000-0000-0000-000000000000"];
const HEADER_VALUE = /^[\x21-\x7e]+$/;
const DOCKER_HUB_HOSTS = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/**
 * Reads the text of a credential file; `legacy` is the form of `~/.dockercfg`, which is the `auths` object itself.
 * Formats: docker/cli `config/configfile`, containers-auth.json(5). Problems: `credentials-unreadable`.
 */
export function parseCredentialFile(text: string, legacy = false): Result<CredentialFile> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which holds secrets.
    return fail("credentials-unreadable", "it is not JSON");
  }
  if (!isObject(document)) return fail("credentials-unreadable", "it is not a JSON object");
  const auths = legacy ? document : (document["auths"] ?? {});
  if (!isObject(auths)) return fail("credentials-unreadable", '"auths" is not an object');
  const entries = new Map<string, Credentials>();
  const unreadableKeys: string[] = [];
  for (const [key, value] of Object.entries(auths)) {
    const entry = readEntry(value);
    if (entry === "unreadable") unreadableKeys.push(key);
    else if (entry !== null) entries.set(key, entry);
  }
  const helpers = isObject(document["credHelpers"]) ? Object.entries(document["credHelpers"]) : [];
  const store = document["credsStore"];
  return succeed({
    entries,
    helpers: new Map(helpers.filter((pair): pair is [string, string] => typeof pair[1] === "string")),
    store: typeof store === "string" && store !== "" ? store : null,
    unreadableKeys,
  });
}

/**
 * The entry for a repository: the longest exact key of `host/path…`, `host`; else a key that names the same host in
 * another form (a URL, another name of Docker Hub).
 */
export function findEntry(
  file: CredentialFile,
  repository: Repository,
): { key: string; credentials: Credentials } | null {
  for (const key of exactKeys(repository)) {
    const credentials = file.entries.get(key);
    if (credentials !== undefined) return { key, credentials };
  }
  const host = foldHost(repository.registry);
  for (const [key, credentials] of file.entries) {
    if (hostOfKey(key) === host) return { key, credentials };
  }
  return null;
}

/** The credential helper that keeps the credentials of a registry, if any. */
export function findHelper(file: CredentialFile, registry: string): string | null {
  const host = foldHost(registry);
  for (const [key, helper] of file.helpers) if (hostOfKey(key) === host) return helper;
  return file.store;
}

function exactKeys({ registry, path }: Repository): string[] {
  const components = path.split("/");
  return [
    ...components.map((_, index) => [registry, ...components.slice(0, components.length - index)].join("/")),
    registry,
  ];
}

/** Null for a key with a path that is not a URL: it stands for a part of the registry only. */
function hostOfKey(key: string): string | null {
  const [, scheme, host = "", rest = ""] = /^(https?:\/\/)?([^/]*)(.*)$/s.exec(key) ?? [];
  const isWhole = scheme !== undefined || ["", "/", "/v1/", "/v2/", "/v1", "/v2"].includes(rest);
  return isWhole ? foldHost(host) : null;
}

function foldHost(host: string): string {
  return DOCKER_HUB_HOSTS.includes(host) ? "docker.io" : host;
}

function readEntry(value: unknown): Credentials | "unreadable" | null {
  if (!isObject(value)) return "unreadable";
  if (isText(value["registrytoken"])) {
    const token = value["registrytoken"];
    return HEADER_VALUE.test(token) ? { kind: "registry-token", token } : "unreadable";
  }
  if (isText(value["identitytoken"])) return { kind: "identity-token", token: value["identitytoken"] };
  if (isText(value["auth"])) return decodeAuth(value["auth"]);
  if (isText(value["username"]) && isText(value["password"])) return withPassword(value["username"], value["password"]);
  return null;
}

/** Base64 of `user:password`, padded or not, of either alphabet; some tools end it with NUL characters. */
function decodeAuth(auth: string): Credentials | "unreadable" {
  const text = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = text.indexOf(":");
  return colon < 1 ? "unreadable" : withPassword(text.slice(0, colon), text.slice(colon + 1));
}

function withPassword(username: string, password: string): Credentials {
  return TOKEN_USERS.includes(username)
    ? { kind: "identity-token", token: password }
    : { kind: "password", username, password };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
