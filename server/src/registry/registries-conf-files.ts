import { posix, win32 } from "node:path";
import { printable } from "../base/printable.ts";
import type { Machine } from "./machine.ts";
import {
  emptyRegistriesConf,
  mergeRegistriesConf,
  parseRegistriesConf,
  type RegistriesConf,
} from "./registries-conf.ts";

const SYSTEM_FOLDER = "/etc/containers";

/**
 * What the `registries.conf` of this machine and its user say together, never a failure: a file that cannot be read or is
 * malformed is told as a warning and left out, because it must not keep anyone from public images.
 *
 * The main file is that of `CONTAINERS_REGISTRIES_CONF`, else the user's, else the system's; then come the files
 * `registries.conf.d/*.conf` by name, the system's before the user's, and only the user's beside the user's main file
 * (containers/image `newConfigWrapper`). Windows has no system folder.
 */
export async function readRegistriesConf(machine: Machine): Promise<RegistriesConf> {
  const { environment, homeFolder, platform } = machine;
  const { join } = platform === "win32" ? win32 : posix;
  const systemFolders = platform === "win32" ? [] : [SYSTEM_FOLDER];
  const userFolder = join(environment["XDG_CONFIG_HOME"] || join(homeFolder, ".config"), "containers");
  const mainOf = (folder: string) => readFile(machine, join(folder, "registries.conf"));

  let conf: RegistriesConf | null = null;
  let folders = [...systemFolders, userFolder];
  const named = environment["CONTAINERS_REGISTRIES_CONF"];
  if (named) {
    conf = await readFile(machine, named);
    if (conf === null) tellUnused(machine, named, "there is no such file (CONTAINERS_REGISTRIES_CONF names it)");
  } else {
    conf = await mainOf(userFolder);
    if (conf !== null) folders = [userFolder];
    for (const folder of conf === null ? systemFolders : []) conf = await mainOf(folder);
  }
  conf ??= emptyRegistriesConf;
  for (const folder of folders) {
    for (const path of await dropInsOf(machine, join(folder, "registries.conf.d"), join)) {
      conf = mergeRegistriesConf(conf, (await readFile(machine, path)) ?? emptyRegistriesConf);
    }
  }
  return conf;
}

async function dropInsOf(machine: Machine, folder: string, join: (...parts: string[]) => string): Promise<string[]> {
  try {
    const names = (await machine.readFolder(folder)) ?? [];
    return names
      .filter((name) => name.endsWith(".conf"))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    tellUnused(machine, folder, reasonOf(error));
    return [];
  }
}

/** Empty when it is of no use; null when there is no such file. */
async function readFile(machine: Machine, path: string): Promise<RegistriesConf | null> {
  let text: string | null;
  try {
    text = await machine.readTextFile(path);
  } catch (error) {
    tellUnused(machine, path, reasonOf(error));
    return emptyRegistriesConf;
  }
  if (text === null) return null;
  const conf = parseRegistriesConf(text);
  if (!("problem" in conf)) return conf;
  tellUnused(machine, path, conf.problem);
  return emptyRegistriesConf;
}

function tellUnused({ log }: Machine, path: string, reason: string): void {
  log.warn(`The registries in ${printable(path)} are not used: ${reason}.`);
}

function reasonOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}
