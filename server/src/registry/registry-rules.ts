import { CodedError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { parseRepository, printRepository, type Repository } from "../oci/reference.ts";
import type { RegistryTarget } from "./client.ts";
import { type Endpoint, endpointOf } from "./endpoint.ts";
import { emptyRegistriesConf, findRegistry, type MirrorConf, type RegistriesConf } from "./registries-conf.ts";
import type { RegistriesSettings } from "./registries-settings.ts";

/** All that decides where the images of a registry come from. */
export interface RegistryRules {
  readonly settings: RegistriesSettings;
  readonly conf: RegistriesConf;
}

export const noRules: RegistryRules = { settings: {}, conf: emptyRegistriesConf };

/** A place where a repository is. */
export interface Source {
  readonly endpoint: Endpoint;
  /** As it is named there. */
  readonly repository: Repository;
}

export interface Route {
  /** Decides what tags mean. */
  readonly primary: Source;
  /** Tried before the primary, in this order, for what a digest names; never for tags, which a mirror may have too late. */
  readonly mirrors: readonly Source[];
}

/**
 * Where a target is reached. A setting of its registry goes before `registries.conf`: `endpoint` before `location`,
 * `mirrors` before `mirror`; and an `endpoint` alone stands for the mirrors, too. Verification is given up where the target,
 * a setting or the file gives it up; for a mirror only where its own setting or table does.
 * Throws `registry-blocked`, and `malformed-reference` for a place that is none.
 */
export function routeOf(rules: RegistryRules, target: RegistryTarget): Route {
  const { repository } = target;
  const name = printRepository(repository);
  const settings = rules.settings[repository.registry] ?? {};
  const found = findRegistry(rules.conf.registries, name);
  if (found?.registry.blocked) throw blocked(name, found.registry.prefix);
  const moved =
    found === null || settings.endpoint !== undefined ? null : rewrite(found.registry.location, found.matched, name);
  if (moved !== null) refuseBlocked(rules, name, moved);
  const tlsVerify = target.tlsVerify && settings.tlsVerify !== false && found?.registry.insecure !== true;
  const confMirrors = settings.endpoint === undefined ? (found?.registry.mirrors ?? []) : [];
  const mirrors =
    settings.mirrors?.map((place) => settingsMirror(rules, place, repository)) ??
    confMirrors.map((mirror) => confMirror(rules, mirror, found?.matched ?? 0, name));
  return {
    primary: {
      repository: moved ?? repository,
      endpoint: endpoint(rules, moved ?? repository, settings.endpoint, tlsVerify, settings.trustedAuthRealms),
    },
    mirrors: mirrors.filter((mirror) => mirror !== null),
  };
}

/** The repository that credentials for a target are looked up for. Throws as `routeOf`. */
export function credentialRepositoryOf(rules: RegistryRules, target: RegistryTarget): Repository {
  const { endpoint, repository } = routeOf(rules, target).primary;
  return { registry: endpoint.credentialHost, path: repository.path };
}

function settingsMirror(rules: RegistryRules, place: string, repository: Repository): Source | null {
  if (!/^https?:\/\//i.test(place)) {
    return confMirror(
      rules,
      { location: place.replace(/\/+$/, ""), insecure: false, servesDigests: true },
      repository.registry.length,
      printRepository(repository),
    );
  }
  if (!URL.canParse(place)) return null;
  const there = { registry: new URL(place).host, path: repository.path };
  return { repository: there, endpoint: endpoint(rules, there, place, isVerified(rules, there)) };
}

function confMirror(rules: RegistryRules, mirror: MirrorConf, matched: number, name: string): Source | null {
  if (!mirror.servesDigests) return null;
  const repository = parseRepository(mirror.location + name.slice(matched));
  if (!repository.ok || isBlocked(rules, repository.value)) return null;
  const tlsVerify = !mirror.insecure && isVerified(rules, repository.value);
  return { repository: repository.value, endpoint: endpoint(rules, repository.value, undefined, tlsVerify) };
}

function isVerified({ settings }: RegistryRules, { registry }: Repository): boolean {
  return settings[registry]?.tlsVerify !== false;
}

function endpoint(
  { settings }: RegistryRules,
  { registry }: Repository,
  url: string | undefined,
  tlsVerify: boolean,
  trustedAuthRealms: readonly string[] = [],
): Endpoint {
  const trusted = [...trustedAuthRealms, ...(settings[registry]?.trustedAuthRealms ?? [])];
  const wishes = { tlsVerify, trustedAuthRealms: [...new Set(trusted)] };
  if (url === undefined) return endpointOf(registry, wishes);
  if (URL.canParse(url)) return endpointOf(registry, { ...wishes, url: new URL(url) });
  const message = `"${printable(url, 100)}", which is to answer for ${registry}, is not a URL; correct it in the settings.`;
  throw new CodedError("malformed-reference", message);
}

function rewrite(location: string | null, matched: number, name: string): Repository | null {
  if (location === null) return null;
  const moved = parseRepository(location + name.slice(matched));
  if (moved.ok) return moved.value;
  throw new CodedError(
    "malformed-reference",
    `registries.conf has ${name} at a location that is none; correct it there. ${moved.problem.message}`,
  );
}

function isBlocked({ conf }: RegistryRules, repository: Repository): boolean {
  return findRegistry(conf.registries, printRepository(repository))?.registry.blocked === true;
}

function refuseBlocked(rules: RegistryRules, name: string, moved: Repository): void {
  if (isBlocked(rules, moved)) throw blocked(name, printRepository(moved));
}

function blocked(name: string, what: string): CodedError {
  return new CodedError(
    "registry-blocked",
    `registries.conf blocks "${printable(what, 100)}", so ${name} is not asked for; allow it there, or pin another image.`,
  );
}
