import type { LookupFunction } from "node:net";
import type { Clock } from "../base/clock.ts";
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
import type { RegistryRules } from "./registry-rules.ts";

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

/** What `registries.conf` and the settings say of registries; see `readRegistriesConf`. */
export async function readRules(
  machine: Machine,
  settings: RegistriesSettings,
  conf = readRegistriesConf(machine),
): Promise<RegistryRules> {
  return { settings, conf: await conf };
}
