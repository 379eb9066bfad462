import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { readIfThere } from "../files/optional-file.ts";
import type { RegistryTarget } from "../registry/client.ts";
import { createRegistryClient } from "../registry/create-client.ts";
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
  let lookup: CredentialLookup | null = null;
  // Reads the files when first needed, and anew once the cache was cleared: a sign-in elsewhere counts then.
  const credentials: CredentialLookup = (repository) => {
    lookup ??= lookUpCredentialFiles({
      environment: environment.env,
      homeFolder: environment.homeFolder,
      platform: process.platform,
      userId: process.getuid?.() ?? null,
      readTextFile: readIfThere,
      log,
    });
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
      const client = createRegistryClient({
        clock: environment.clock,
        log,
        version: environment.version,
        endpoints: endpointsOf(settings),
        credentials,
      });
      const trusting = withTlsSettings(cacheRegistry(client, environment.clock), settings);
      connected.set(key, trusting);
      return trusting;
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

function endpointsOf(settings: RegistrySettings): Map<string, URL> {
  return new Map(
    Object.entries(settings).flatMap(([host, { endpoint }]) =>
      endpoint === undefined ? [] : [[host, new URL(endpoint)] as const],
    ),
  );
}

/** The settings may only take away from the verification that a pin asks for. */
function withTlsSettings(registry: CachedRegistry, settings: RegistrySettings): CachedRegistry {
  const adjust = (target: RegistryTarget): RegistryTarget => ({
    ...target,
    tlsVerify: target.tlsVerify && settings[target.repository.registry]?.tlsVerify !== false,
  });
  return {
    ...registry,
    resolve: (target, reference, options) => registry.resolve(adjust(target), reference, options),
    manifest: (target, reference, options) => registry.manifest(adjust(target), reference, options),
    blob: (target, descriptor, options) => registry.blob(adjust(target), descriptor, options),
    forget: (target) => registry.forget(adjust(target)),
  };
}
