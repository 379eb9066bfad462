import type { Problem } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import type { Repository } from "../oci/reference.ts";
import {
  type CredentialEntry,
  type CredentialFile,
  findHelper,
  findHostEntry,
  findNamespaceEntry,
} from "./credential-file.ts";
import { type CredentialPlace, credentialPlaces } from "./credential-places.ts";
import type { Credentials } from "./credentials.ts";
import type { Machine } from "./machine.ts";
import { createRedactor } from "./redact.ts";

/** What may give the credentials for a repository: an entry, or a program that has to be asked. */
export type CredentialCandidate =
  | { readonly kind: "entry"; readonly place: string; readonly key: string; readonly credentials: Credentials }
  | {
      readonly kind: "helper";
      readonly place: string;
      readonly setting: "credHelpers" | "credsStore" | "credential-helpers";
      /** The suffix of the program's name. */
      readonly helper: string;
    };

export interface CredentialSearch {
  /** In the order in which they count; a file is read when it is come to. */
  readonly found: AsyncIterable<CredentialCandidate>;
  /** Where they are looked for, for people. */
  readonly searched: readonly string[];
}

export interface CandidateParts {
  /** Instead of where Docker and Podman keep credentials. */
  readonly places?: readonly CredentialPlace[];
  /**
   * `credential-helpers` of `registries.conf` (containers-registries.conf(5)), for all registries; `containers-auth.json` in it
   * stands for the files. The files alone when absent or null.
   */
  readonly globalHelpers?: () => Promise<readonly string[] | null>;
}

/** Stands for the files in `credential-helpers` (containers/image `sysregistriesv2.AuthenticationFileHelper`). */
const FILES = "containers-auth.json";

/**
 * Finds what Docker's and Podman's configuration has for a repository. In a file, `credHelpers` speak for their registry alone;
 * else an entry for a namespace counts before `credsStore`, and that before the entry for the registry. A place that cannot be
 * read is a warning, once; each is read once, when first needed.
 */
export function createCredentialCandidates(
  machine: Machine,
  parts: CandidateParts = {},
): (repository: Repository) => CredentialSearch {
  const places = parts.places ?? credentialPlaces(machine);
  const sources = places.map((place) => ({ name: place.name, content: once(() => readOrWarn(place, machine.log)) }));
  const globalHelpers = once(async () => (await parts.globalHelpers?.()) ?? [FILES]);

  async function* inFiles(repository: Repository): AsyncIterable<CredentialCandidate> {
    for (const { name, content } of sources) {
      const file = await content();
      if (file !== null) yield* candidatesIn(file, name, repository);
    }
  }
  async function* find(repository: Repository): AsyncIterable<CredentialCandidate> {
    for (const helper of await globalHelpers()) {
      if (helper === FILES) yield* inFiles(repository);
      else yield { kind: "helper", place: "registries.conf", setting: "credential-helpers", helper };
    }
  }
  return (repository) => ({ found: find(repository), searched: places.map(({ name }) => name) });
}

function* candidatesIn(file: CredentialFile, place: string, repository: Repository): Iterable<CredentialCandidate> {
  const own = findHelper(file, repository.registry);
  if (own !== null && own !== "") {
    yield { kind: "helper", place, setting: "credHelpers", helper: own };
    return;
  }
  const part = findNamespaceEntry(file, repository);
  if (part !== null) yield entryCandidate(place, part);
  if (own === null && file.store !== null) yield { kind: "helper", place, setting: "credsStore", helper: file.store };
  const whole = findHostEntry(file, repository.registry);
  if (whole !== null) yield entryCandidate(place, whole);
}

function entryCandidate(place: string, { key, credentials }: CredentialEntry): CredentialCandidate {
  return { kind: "entry", place, key: withoutSecrets(key), credentials };
}

/** A key may be a URL with a password in it. */
function withoutSecrets(key: string): string {
  return createRedactor().redact(key);
}

async function readOrWarn({ name, read }: CredentialPlace, log: Machine["log"]): Promise<CredentialFile | null> {
  const warn = (reason: string) => log.warn(`The credentials in ${name} are not used: ${printable(reason)}.`);
  const result = await read().catch((error: unknown) => ({ ok: false as const, problem: unreadable(error) }));
  if (result === null) return null;
  if (!result.ok) {
    warn(result.problem.message);
    return null;
  }
  for (const key of result.value.unreadableKeys) warn(`the entry "${printable(withoutSecrets(key), 80)}" is malformed`);
  return result.value;
}

function unreadable(error: unknown): Problem {
  return { code: "credentials-unreadable", message: error instanceof Error ? error.message : String(error) };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => {
    result ??= work();
    return result;
  };
}
