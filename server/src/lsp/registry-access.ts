import type { CacheStore } from "../base/cache-store.ts";
import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { createMachine } from "../files/machine.ts";
import { type AccountNaming, createAccountNaming } from "../registry/account-naming.ts";
import type { CachedClient } from "../registry/cached-client.ts";
import type { RegistryTarget } from "../registry/client.ts";
import { connectCached, type NetworkSettings } from "../registry/connect.ts";
import { createCredentialLookup } from "../registry/credential-lookup.ts";
import type { CredentialLookup } from "../registry/credentials.ts";
import type { RegistryNotice } from "../registry/notices.ts";
import { emptyRegistriesConf, type RegistriesConf } from "../registry/registries-conf.ts";
import { readRegistriesConf } from "../registry/registries-conf-files.ts";
import { credentialRepositoryOf, type RegistryRules } from "../registry/registry-rules.ts";
import type { Accounts } from "./accounts.ts";
import type { ServerEnvironment } from "./environment.ts";
import type { Settings } from "./settings.ts";

type RegistrySettings = Settings["registries"];

const MILLISECONDS_PER_MINUTE = 60_000;

/** The way to registries, shut in Restricted Mode: then there is no client, and no file with credentials is read. */
export interface RegistryAccess {
  isOpen(): boolean;
  /** The workspace has been trusted. */
  open(): void;
  /** A client that reaches registries, and believes what it knows of them, as the settings say. Throws `workspace-untrusted`. */
  registry(settings: Pick<Settings, "registries" | "cache">): CachedClient;
  /** Where registries are reached by the settings and, if it may be read, `registries.conf`. */
  rules(settings: RegistrySettings): Promise<RegistryRules>;
  /** Where the credentials for a repository come from, in words; null when there are none. Throws `workspace-untrusted`. */
  credentialSource(settings: RegistrySettings, target: RegistryTarget): Promise<string | null>;
  /** The user has been told that credentials are wanting, and may have logged in elsewhere since. */
  readCredentialsAgain(): void;
  /** From now on registries are reached by another network; what runs ends on the old one. */
  reconnect(network: NetworkSettings): void;
  /** Forgets what registries and files with credentials said. */
  clear(): void;
}

interface Parts {
  readonly isTrusted: boolean;
  readonly network: NetworkSettings;
  readonly environment: ServerEnvironment;
  readonly accounts: Pick<Accounts, "signedIn">;
  /** Where what registries say is kept. */
  readonly store: CacheStore;
  /** Told what registries let their users know. */
  readonly onNotice: (notice: RegistryNotice) => void;
  readonly log: Log;
}

export function createRegistryAccess(access: Parts): RegistryAccess {
  const { isTrusted, network, environment, accounts, store, onNotice, log } = access;
  const { clock, env, homeFolder, version } = environment;
  const machine = createMachine({ environment: env, homeFolder, log });
  const connected = new Map<string, CachedClient>();
  let isOpen = isTrusted;
  let currentNetwork = network;

  const requireOpen = () => {
    if (isOpen) return;
    throw new CodedError(
      "workspace-untrusted",
      "Nothing leaves the machine in Restricted Mode; trust the workspace to ask registries.",
    );
  };
  // Files are read when first needed, and anew once the cache was cleared: a sign-in elsewhere counts then.
  let conf: Promise<RegistriesConf> | null = null;
  let lookup: CredentialLookup | null = null;
  const readConf = () => {
    conf ??= readRegistriesConf(machine);
    return conf;
  };
  const globalHelpers = async () => (await readConf()).credentialHelpers;
  const credentialParts = { clock, globalHelpers, signedIn: accounts.signedIn };
  const credentials: CredentialLookup = (repository, options) => {
    lookup ??= createCredentialLookup(machine, credentialParts);
    return lookup(repository, options);
  };
  const accountOf: AccountNaming = (repository) => createAccountNaming(machine, credentialParts)(repository);
  const rules = async (settings: RegistrySettings): Promise<RegistryRules> => ({
    settings,
    conf: isOpen ? await readConf() : emptyRegistriesConf,
  });

  return {
    rules,
    isOpen: () => isOpen,
    open: () => {
      isOpen = true;
    },
    registry(settings) {
      requireOpen();
      const { registries } = settings;
      const tagLifetime = settings.cache.tagLifetime * MILLISECONDS_PER_MINUTE;
      const key = JSON.stringify([registries, tagLifetime]);
      const known = connected.get(key);
      if (known !== undefined) return known;
      const parts = { version, clock, credentials, accountOf, conf: readConf(), network: currentNetwork, onNotice };
      const registry = connectCached(machine, registries, { ...parts, store, tagLifetime });
      connected.set(key, registry);
      return registry;
    },
    async credentialSource(settings, target) {
      requireOpen();
      const answer = await credentials(credentialRepositoryOf(await rules(settings), target));
      return answer.credentials === null ? null : answer.source;
    },
    readCredentialsAgain() {
      lookup = null;
    },
    reconnect(changed) {
      currentNetwork = changed;
      // What runs holds its client; idle connections end by themselves.
      connected.clear();
    },
    clear() {
      conf = null;
      lookup = null;
      connected.clear();
    },
  };
}
