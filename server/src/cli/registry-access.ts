import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { createMachine } from "../files/machine.ts";
import { isSystemError } from "../files/system-error.ts";
import type { RegistryClient } from "../registry/client.ts";
import { connectRegistries } from "../registry/connect.ts";
import type { RegistrySettings } from "./arguments.ts";
import type { CommandContext } from "./terminal.ts";

/** The registries as this machine and the command line say they are reached. `--authfile` must be readable. */
export async function openRegistry(
  settings: RegistrySettings,
  context: CommandContext,
  log: Log,
): Promise<RegistryClient> {
  const environment = { ...context.env };
  if (settings.authfile !== null) {
    environment["REGISTRY_AUTH_FILE"] = settings.authfile;
    await readAuthfile(settings.authfile);
  }
  const endpoints = settings.endpoints.map(({ registry, url }) => [registry, { endpoint: url.href }] as const);
  return connectRegistries(createMachine({ environment, homeFolder: homedir(), log }), Object.fromEntries(endpoints), {
    version: context.version,
    clock: context.clock,
  });
}

async function readAuthfile(path: string): Promise<void> {
  try {
    await readFile(path);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    const message = `The credentials in ${path} cannot be read (${cause.code}); check the path given as --authfile.`;
    throw new CodedError("credentials-unreadable", message, { cause });
  }
}
