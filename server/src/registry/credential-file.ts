import { isUtf8 } from "node:buffer";
import { fail, type Result, succeed } from "../base/errors.ts";
import type { Repository } from "../oci/reference.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";

/** What a `config.json` of Docker or an `auth.json` of Podman says. */
export interface CredentialFile {
  readonly entries: ReadonlyMap<string, Credentials>;
  /** Registry host to the suffix of a credential helper's name; an empty one means that the entries count. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for all other registries. */
  readonly store: string | null;
  /** Keys whose entry could not be read. */
  readonly unreadableKeys: readonly string[];
}

export interface CredentialEntry {
  readonly key: string;
  readonly credentials: Credentials;
}

const HEADER_VALUE = /^[\x21-\x7e]+$/;
const BASE64 = /^[A-Za-z0-9+/_\-\r\n]*={0,2}[\r\n]*$/;
const DOCKER_HUB_HOSTS = ["docker.io", "index.docker.io", "registry-1.docker.io"];
/** What old versions of Docker wrote behind a host. */
const LEGACY_PATHS = ["", "/", "/v1/", "/v2/", "/v1", "/v2"];

/**
 * Reads the text of a credential file; `legacy` is the form of `~/.dockercfg`, which is the `auths` object itself.
 * Formats: docker/cli `config/configfile`, containers-auth.json(5). Problems: `credentials-unreadable`.
 */
export function parseCredentialFile(text: string, legacy = false): Result<CredentialFile> {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\ufeff/, ""));
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
  if (legacy) return succeed({ entries, helpers: new Map(), store: null, unreadableKeys });
  const helpers = isObject(document["credHelpers"]) ? Object.entries(document["credHelpers"]) : [];
  const store = document["credsStore"];
  return succeed({
    entries,
    helpers: new Map(helpers.filter((pair): pair is [string, string] => typeof pair[1] === "string")),
    store: isText(store) ? store : null,
    unreadableKeys,
  });
}

/** The entry with the longest key of `host/path…` that a repository lies under. */
export function findNamespaceEntry({ entries }: CredentialFile, repository: Repository): CredentialEntry | null {
  const components = repository.path.split("/");
  for (let length = components.length; length > 0; length -= 1) {
    const key = [repository.registry, ...components.slice(0, length)].join("/");
    const credentials = entries.get(key);
    if (credentials !== undefined) return { key, credentials };
  }
  return null;
}

/** The entry for a whole registry: its host as a key, else a key that names it in another form, such as a URL. */
export function findHostEntry({ entries }: CredentialFile, registry: string): CredentialEntry | null {
  const credentials = entries.get(registry);
  if (credentials !== undefined) return { key: registry, credentials };
  const [other] = [...entries].filter(([key]) => namesHost(key, registry));
  return other === undefined ? null : { key: other[0], credentials: other[1] };
}

/** The credential helper for a registry by its own name, if the file names one; it may be empty. */
export function findHelper({ helpers }: CredentialFile, registry: string): string | null {
  const helper = helpers.get(registry);
  if (helper !== undefined) return helper;
  const [other] = [...helpers].filter(([key]) => namesHost(key, registry));
  return other?.[1] ?? null;
}

export function isDockerHub(host: string): boolean {
  return DOCKER_HUB_HOSTS.includes(host);
}

function namesHost(key: string, registry: string): boolean {
  const host = hostOfKey(key);
  // Old versions of Docker wrote addresses of IPv6 without brackets.
  return host !== null && (host === foldHost(registry) || host === registry.replace(/^\[(.+)\]/, "$1"));
}

/** Null for a key with a path that is not a URL: it stands for a part of the registry only. */
function hostOfKey(key: string): string | null {
  const [, scheme, host = "", rest = ""] = /^(https?:\/\/)?([^/]*)(.*)$/s.exec(key) ?? [];
  return scheme !== undefined || LEGACY_PATHS.includes(rest) ? foldHost(host) : null;
}

function foldHost(host: string): string {
  return isDockerHub(host) ? "docker.io" : host;
}

/** Null for an entry without credentials, which credential helpers leave as a mark. */
function readEntry(value: unknown): Credentials | "unreadable" | null {
  if (value === null) return null;
  if (!isObject(value)) return "unreadable";
  if (isText(value["registrytoken"])) {
    const token = value["registrytoken"];
    return HEADER_VALUE.test(token) ? { kind: "registry-token", token } : "unreadable";
  }
  if (isText(value["identitytoken"])) return { kind: "identity-token", token: value["identitytoken"] };
  if (isText(value["auth"])) return decodeAuth(value["auth"]);
  if (isText(value["username"]) && isText(value["password"])) {
    return credentialsOf(value["username"], value["password"]);
  }
  return null;
}

/** Base64 of `user:password`, padded or not, of either alphabet; some tools end it with NUL characters. */
function decodeAuth(auth: string): Credentials | "unreadable" {
  const bytes = Buffer.from(auth, "base64");
  if (!BASE64.test(auth) || !isUtf8(bytes)) return "unreadable";
  const text = bytes.toString("utf8").replace(/\0+$/, "");
  const colon = text.indexOf(":");
  return colon < 1 ? "unreadable" : credentialsOf(text.slice(0, colon), text.slice(colon + 1));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
