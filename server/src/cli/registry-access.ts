import { homedir } from "node:os";
import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { createMachine } from "../files/machine.ts";
import { isSystemError } from "../files/system-error.ts";
import type { RegistryClient, RegistryTarget } from "../registry/client.ts";
import { connectRegistries } from "../registry/connect.ts";
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

/**
 * The registries as this machine and the command line say they are reached. An account is for the one registry of `targets`.
 * Throws `credentials-unreadable` for a bad `--authfile`, and `usage`.
 */
export async function openRegistry(
  settings: RegistrySettings,
  targets: readonly RegistryTarget[],
  context: CommandContext,
  log: Log,
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
  const credentials = createCredentialLookup(machine, {
    clock,
    globalHelpers: async () => (await conf).credentialHelpers,
    ...(places && { places }),
    ...(given && { given }),
  });
  return connectRegistries(machine, registries, { version, clock, conf, credentials });
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
