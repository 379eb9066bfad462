import type { LookupFunction } from "node:net";
import type { CacheStore } from "../base/cache-store.ts";
import type { Clock } from "../base/clock.ts";
import { digestOf } from "../oci/digest.ts";
import { printRepository } from "../oci/reference.ts";
import type { AccountNaming } from "./account-naming.ts";
import { type CachedClient, cacheRegistry } from "./cached-client.ts";
import { findCertificates } from "./certificates.ts";
import type { RegistryClient } from "./client.ts";
import { createRegistryClient } from "./create-client.ts";
import { createCredentialLookup } from "./credential-lookup.ts";
import type { CredentialLookup } from "./credentials.ts";
import type { Machine } from "./machine.ts";
import { describeNotice, type RegistryNotice } from "./notices.ts";
import { type NetworkSettings, selectProxies } from "./proxy.ts";
import type { RegistriesConf } from "./registries-conf.ts";
import { readRegistriesConf } from "./registries-conf-files.ts";
import type { RegistriesSettings } from "./registries-settings.ts";
import { type RegistryRules, routeOf } from "./registry-rules.ts";

export type { NetworkSettings };

export interface ConnectionParts {
  /** Of dockpin. */
  readonly version: string;
  readonly clock: Clock;
  /** What Docker and Podman know when absent. */
  readonly credentials?: CredentialLookup;
  /** What `registries.conf` says, where that was read already. */
  readonly conf?: Promise<RegistriesConf>;
  readonly network?: NetworkSettings;
  /** Finds the addresses of host names; the system's resolver when absent. */
  readonly lookup?: LookupFunction;
  /** Told what registries let their users know; warnings in the log when absent. */
  readonly onNotice?: (notice: RegistryNotice) => void;
}

/** A client that reaches registries as the machine, its environment and the user's settings say. */
export function connectRegistries(
  machine: Machine,
  settings: RegistriesSettings,
  parts: ConnectionParts,
): RegistryClient {
  const { clock, version, conf = readRegistriesConf(machine) } = parts;
  const globalHelpers = async () => (await conf).credentialHelpers;
  return createRegistryClient({
    clock,
    version,
    log: machine.log,
    rules: readRules(machine, settings, conf),
    onNotice: parts.onNotice ?? ((notice) => machine.log.warn(describeNotice(notice))),
    ...(parts.lookup && { lookup: parts.lookup }),
    proxies: selectProxies(machine.environment, parts.network),
    certificates: findCertificates(machine, settings),
    credentials: parts.credentials ?? createCredentialLookup(machine, { clock, globalHelpers }),
  });
}

export interface CachedConnectionParts extends ConnectionParts {
  readonly store: CacheStore;
  /** Milliseconds for which a registry's word on a tag is taken; 0 to ask each time. */
  readonly tagLifetime: number;
  /** Of the credentials. */
  readonly accountOf: AccountNaming;
}

/** As `connectRegistries`; what was learned of a tag is kept for the place that was asked, and for the account. */
export function connectCached(
  machine: Machine,
  settings: RegistriesSettings,
  parts: CachedConnectionParts,
): CachedClient {
  const { conf = readRegistriesConf(machine), clock, store, tagLifetime, accountOf } = parts;
  const rules = readRules(machine, settings, conf);
  return cacheRegistry(connectRegistries(machine, settings, { ...parts, conf }), {
    ...{ clock, store, tagLifetime },
    async placeOf(target) {
      const { endpoint, repository } = routeOf(await rules, target).primary;
      const account = await accountOf({ registry: endpoint.credentialHost, path: repository.path });
      const place = [endpoint.base.href, endpoint.tlsVerify, printRepository(repository), account];
      // A URL may have a password in it.
      return digestOf(Buffer.from(JSON.stringify(place), "utf8"));
    },
  });
}

/** What `registries.conf` and the settings say of registries; see `readRegistriesConf`. */
export async function readRules(
  machine: Machine,
  settings: RegistriesSettings,
  conf = readRegistriesConf(machine),
): Promise<RegistryRules> {
  return { settings, conf: await conf };
}
