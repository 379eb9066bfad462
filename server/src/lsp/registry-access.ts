import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { createMachine } from "../files/machine.ts";
import type { RegistryTarget } from "../registry/client.ts";
import { connectRegistries, endpointsOf } from "../registry/connect.ts";
import { lookUpCredentialFiles } from "../registry/credential-sources.ts";
import type { CredentialLookup } from "../registry/credentials.ts";
import { endpointOf } from "../registry/endpoint.ts";
import { type CachedRegistry, cacheRegistry } from "./cached-registry.ts";
import type { ServerEnvironment } from "./environment.ts";
import type { Settings } from "./settings.ts";

type RegistrySettings = Settings["registries"];

/** The way to registries, shut in Restricted Mode: then there is no client, and no file with credentials is read. */
export interface RegistryAccess {
  isOpen(): boolean;
  /** The workspace has been trusted. */
  open(): void;
  /** A client that reaches registries as the settings say. Throws `workspace-untrusted`. */
  registry(settings: RegistrySettings): CachedRegistry;
  /** Where the credentials for a repository come from, in words; null when there are none. Throws `workspace-untrusted`. */
  credentialSource(settings: RegistrySettings, target: RegistryTarget): Promise<string | null>;
  /** Forgets what registries and files with credentials said. */
  clear(): void;
}

export function createRegistryAccess(isTrusted: boolean, environment: ServerEnvironment, log: Log): RegistryAccess {
  let isOpen = isTrusted;
  const connected = new Map<string, CachedRegistry>();

  const requireOpen = () => {
    if (isOpen) return;
    throw new CodedError(
      "workspace-untrusted",
      "Nothing leaves the machine in Restricted Mode; trust the workspace to ask registries.",
    );
  };
  const machine = createMachine({ environment: environment.env, homeFolder: environment.homeFolder, log });
  let lookup: CredentialLookup | null = null;
  // Reads the files when first needed, and anew once the cache was cleared: a sign-in elsewhere counts then.
  const credentials: CredentialLookup = (repository) => {
    lookup ??= lookUpCredentialFiles(machine);
    return lookup(repository);
  };

  return {
    isOpen: () => isOpen,
    open: () => {
      isOpen = true;
    },
    registry(settings) {
      requireOpen();
      const key = JSON.stringify(settings);
      const known = connected.get(key);
      if (known !== undefined) return known;
      const client = connectRegistries(machine, settings, {
        version: environment.version,
        clock: environment.clock,
        credentials,
      });
      const cached = cacheRegistry(client, environment.clock);
      connected.set(key, cached);
      return cached;
    },
    async credentialSource(settings, target) {
      requireOpen();
      const { credentialHost } = endpointOf(target, endpointsOf(settings));
      const answer = await credentials({ ...target.repository, registry: credentialHost });
      return answer.credentials === null ? null : answer.source;
    },
    clear() {
      lookup = null;
      for (const registry of connected.values()) registry.clear();
    },
  };
}
