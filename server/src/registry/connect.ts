import type { Clock } from "../base/clock.ts";
import { findCertificates } from "./certificates.ts";
import type { RegistryClient, RegistryTarget } from "./client.ts";
import { createRegistryClient } from "./create-client.ts";
import { lookUpCredentialFiles } from "./credential-sources.ts";
import type { CredentialLookup } from "./credentials.ts";
import type { EndpointMap } from "./endpoint.ts";
import type { Machine } from "./machine.ts";
import { type NetworkSettings, selectProxies } from "./proxy.ts";
import type { RegistriesSettings } from "./registries-settings.ts";

export type { NetworkSettings };

export interface ConnectionParts {
  /** Of dockpin. */
  readonly version: string;
  readonly clock: Clock;
  /** The files of Docker and Podman when absent. */
  readonly credentials?: CredentialLookup;
  readonly network?: NetworkSettings;
}

/** A client that reaches registries as the machine, its environment and the user's settings say. */
export function connectRegistries(
  machine: Machine,
  settings: RegistriesSettings,
  parts: ConnectionParts,
): RegistryClient {
  const client = createRegistryClient({
    clock: parts.clock,
    version: parts.version,
    log: machine.log,
    endpoints: endpointsOf(settings),
    proxies: selectProxies(machine.environment, parts.network),
    certificates: findCertificates(machine, settings),
    credentials: parts.credentials ?? lookUpCredentialFiles(machine),
  });
  return withTlsSettings(client, settings);
}

export function endpointsOf(settings: RegistriesSettings): EndpointMap {
  return new Map(
    Object.entries(settings).flatMap(([host, { endpoint }]) =>
      endpoint === undefined ? [] : [[host, new URL(endpoint)] as const],
    ),
  );
}

/** The settings may only take away from the verification that a pin asks for. */
function withTlsSettings(client: RegistryClient, settings: RegistriesSettings): RegistryClient {
  const adjust = (target: RegistryTarget): RegistryTarget => ({
    ...target,
    tlsVerify: target.tlsVerify && settings[target.repository.registry]?.tlsVerify !== false,
  });
  return {
    ...client,
    resolve: (target, reference, options) => client.resolve(adjust(target), reference, options),
    manifest: (target, reference, options) => client.manifest(adjust(target), reference, options),
    blob: (target, descriptor, options) => client.blob(adjust(target), descriptor, options),
    tags: (target, limit, options) => client.tags(adjust(target), limit, options),
  };
}
