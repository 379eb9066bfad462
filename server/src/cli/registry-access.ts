import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { readIfThere } from "../files/optional-file.ts";
import { isSystemError } from "../files/system-error.ts";
import type { RegistryClient } from "../registry/client.ts";
import { createRegistryClient } from "../registry/create-client.ts";
import { lookUpCredentialFiles } from "../registry/credential-sources.ts";
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
  return createRegistryClient({
    clock: context.clock,
    log,
    version: context.version,
    endpoints: new Map(settings.endpoints.map(({ registry, url }) => [registry, url])),
    credentials: lookUpCredentialFiles({
      environment,
      homeFolder: homedir(),
      platform: process.platform,
      userId: process.getuid?.() ?? null,
      readTextFile: readIfThere,
      log,
    }),
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
