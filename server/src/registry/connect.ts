import type { Clock } from "../base/clock.ts";
import { findCertificates } from "./certificates.ts";
import type { RegistryClient } from "./client.ts";
import { createRegistryClient } from "./create-client.ts";
import { lookUpCredentialFiles } from "./credential-sources.ts";
import type { CredentialLookup } from "./credentials.ts";
import type { EndpointMap } from "./endpoint.ts";
import type { Machine } from "./machine.ts";
import { describeNotice, type RegistryNotice } from "./notices.ts";
import { type NetworkSettings, selectProxies } from "./proxy.ts";
import { readRegistriesConf } from "./registries-conf-files.ts";
import type { RegistriesSettings } from "./registries-settings.ts";
import type { RegistryRules } from "./registry-rules.ts";

export type { NetworkSettings };

export interface ConnectionParts {
  /** Of dockpin. */
  readonly version: string;
  readonly clock: Clock;
  /** The files of Docker and Podman when absent. */
  readonly credentials?: CredentialLookup;
  readonly network?: NetworkSettings;
  /** Told what registries let their users know; warnings in the log when absent. */
  readonly onNotice?: (notice: RegistryNotice) => void;
}

/** A client that reaches registries as the machine, its environment and the user's settings say. */
export function connectRegistries(
  machine: Machine,
  settings: RegistriesSettings,
  parts: ConnectionParts,
): RegistryClient {
  return createRegistryClient({
    clock: parts.clock,
    version: parts.version,
    log: machine.log,
    rules: readRules(machine, settings),
    onNotice: parts.onNotice ?? ((notice) => machine.log.warn(describeNotice(notice))),
    proxies: selectProxies(machine.environment, parts.network),
    certificates: findCertificates(machine, settings),
    credentials: parts.credentials ?? lookUpCredentialFiles(machine),
  });
}

/** What `registries.conf` and the settings say of registries; see `readRegistriesConf`. */
export async function readRules(machine: Machine, settings: RegistriesSettings): Promise<RegistryRules> {
  return { settings, conf: await readRegistriesConf(machine) };
}

export function endpointsOf(settings: RegistriesSettings): EndpointMap {
  return new Map(
    Object.entries(settings).flatMap(([host, { endpoint }]) =>
      endpoint === undefined ? [] : [[host, new URL(endpoint)] as const],
    ),
  );
}
