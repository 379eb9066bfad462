import { homedir } from "node:os";
import type { CacheStore } from "../base/cache-store.ts";
import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { createMachine } from "../files/machine.ts";
import { isSystemError } from "../files/system-error.ts";
import { createAccountNaming } from "../registry/account-naming.ts";
import type { RegistryClient, RegistryTarget } from "../registry/client.ts";
import { connectCached, connectRegistries } from "../registry/connect.ts";
import { parseCredentialFile } from "../registry/credential-file.ts";
import { createCredentialLookup } from "../registry/credential-lookup.ts";
import type { CredentialPlace } from "../registry/credential-places.ts";
import { credentialsOf } from "../registry/credentials.ts";
import type { Machine } from "../registry/machine.ts";
import { readRegistriesConf } from "../registry/registries-conf-files.ts";
import type { RegistriesSettings } from "../registry/registries-settings.ts";
import { credentialRepositoryOf, type RegistryRules } from "../registry/registry-rules.ts";
import { type RegistrySettings, usage } from "./arguments.ts";
import { readPassword } from "./password.ts";
import type { CommandContext } from "./terminal.ts";

/** What may be believed without asking a registry. */
export interface RegistryMemory {
  readonly store: CacheStore;
  /** Milliseconds for which a registry's word on a tag is taken; 0 to ask each time. */
  readonly tagLifetime: number;
}

/** The lifetime of a tag, unless the command is for seeing what it is now. */
export const TAG_LIFETIME = 10 * 60_000;

/**
 * The registries as this machine and the command line say they are reached. An account is for the one registry of `targets`,
 * and is always tried. Throws `credentials-unreadable` for a bad `--authfile`, and `usage`.
 */
export async function openRegistry(
  settings: RegistrySettings,
  targets: readonly RegistryTarget[],
  context: CommandContext,
  log: Log,
  memory: RegistryMemory | null,
): Promise<RegistryClient> {
  const machine = machineOf(context, log);
  const { version, clock } = context;
  const registries = registriesOf(settings);
  const conf = readRegistriesConf(machine);
  const places = await readAuthfile(settings, machine);
  const given =
    settings.username === null
      ? null
      : await readAccount(settings.username, targets, { settings: registries, conf: await conf }, context);
  const credentialParts = {
    clock,
    globalHelpers: async () => (await conf).credentialHelpers,
    ...(places && { places }),
    ...(given && { given }),
  };
  const parts = { version, clock, conf, credentials: createCredentialLookup(machine, credentialParts) };
  if (memory === null) return connectRegistries(machine, registries, parts);
  return connectCached(machine, registries, {
    ...parts,
    store: memory.store,
    tagLifetime: given === null ? memory.tagLifetime : 0,
    accountOf: createAccountNaming(machine, credentialParts),
  });
}

export function machineOf({ env }: CommandContext, log: Log): Machine {
  return createMachine({ environment: env, homeFolder: homedir(), log });
}

export function registriesOf({ endpoints }: RegistrySettings): RegistriesSettings {
  return Object.fromEntries(endpoints.map(({ registry, url }) => [registry, { endpoint: url.href }]));
}

/** What `--authfile` holds, as the only place of credentials; null without the option. Throws `credentials-unreadable`. */
export async function readAuthfile(
  { authfile }: RegistrySettings,
  machine: Machine,
): Promise<readonly CredentialPlace[] | null> {
  if (authfile === null) return null;
  const refuse = (why: string, cause?: unknown) => {
    const message = `The credentials in ${authfile} cannot be read (${why}); check the path given as --authfile.`;
    return new CodedError("credentials-unreadable", message, { cause });
  };
  const text = await machine.readTextFile(authfile).catch((cause: unknown) => {
    throw refuse(isSystemError(cause) ? cause.code : cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (text === null) throw refuse("ENOENT");
  const content = text.trim() === "" ? null : parseCredentialFile(text);
  if (content !== null && !content.ok) throw refuse(content.problem.message);
  return [{ name: authfile, read: async () => content }];
}

/** The account of the command line; null when no registry is asked. A password is never offered to several. Throws `usage`. */
async function readAccount(
  username: string,
  targets: readonly RegistryTarget[],
  rules: RegistryRules,
  context: CommandContext,
) {
  const [registry, ...others] = new Set(targets.map((target) => credentialRepositoryOf(rules, target).registry));
  if (others.length > 0) {
    const registries = [registry, ...others].join(", ");
    throw usage(`--username is for one registry, but there are several (${registries}): name the files of one`);
  }
  const credentials = credentialsOf(username, await readPassword(context));
  return registry === undefined ? null : { registry, credentials };
}
