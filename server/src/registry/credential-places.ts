import { posix, win32 } from "node:path";
import type { Result } from "../base/errors.ts";
import { type CredentialFile, parseCredentialFile } from "./credential-file.ts";
import type { Machine } from "./machine.ts";

/** A file or a variable that may hold credentials. */
export interface CredentialPlace {
  /** For people: a path, or the name of the variable. */
  readonly name: string;
  /** Null when there is none. Rejects when it cannot be read. */
  readonly read: () => Promise<Result<CredentialFile> | null>;
}

type Surroundings = Pick<Machine, "environment" | "homeFolder" | "platform" | "userId" | "readTextFile">;

/**
 * Where Docker and Podman keep credentials, in the order in which they count: `REGISTRY_AUTH_FILE` (then nothing else);
 * `DOCKER_AUTH_CONFIG`; Podman's run-time and configuration files; Docker's `config.json`; `~/.dockercfg`.
 * (containers/image `pkg/docker/config`, docker/cli `config/configfile`.)
 */
export function credentialPlaces(machine: Surroundings): CredentialPlace[] {
  const { homeFolder, platform, userId } = machine;
  const { join } = platform === "win32" ? win32 : posix;
  const variable = (name: string) => readVariable(machine, name);
  const file = (path: string, legacy = false): CredentialPlace => ({
    name: path,
    read: async () => {
      const text = await machine.readTextFile(path);
      return text === null || text.trim() === "" ? null : parseCredentialFile(text, legacy);
    },
  });

  const only = variable("REGISTRY_AUTH_FILE");
  if (only !== null) return [file(only)];
  const inline = variable("DOCKER_AUTH_CONFIG");
  const podmanFile = (folder: string) => join(folder, "containers", "auth.json");
  const podmanFiles = new Set<string>();
  if (platform === "linux") {
    const runtimeFolder = variable("XDG_RUNTIME_DIR");
    if (runtimeFolder !== null) podmanFiles.add(podmanFile(runtimeFolder));
    else if (userId !== null) podmanFiles.add(join("/run/containers", String(userId), "auth.json"));
  } else {
    podmanFiles.add(podmanFile(join(homeFolder, ".config")));
  }
  podmanFiles.add(podmanFile(variable("XDG_CONFIG_HOME") ?? join(homeFolder, ".config")));
  return [
    ...(inline === null ? [] : [{ name: "DOCKER_AUTH_CONFIG", read: async () => parseCredentialFile(inline) }]),
    ...[...podmanFiles].map((path) => file(path)),
    file(join(variable("DOCKER_CONFIG") ?? join(homeFolder, ".docker"), "config.json")),
    file(join(homeFolder, ".dockercfg"), true),
  ];
}

/** A variable of the environment, whose names have no case on Windows; null when it is unset or empty. */
export function readVariable(machine: Pick<Machine, "environment" | "platform">, name: string): string | null {
  const { environment, platform } = machine;
  if (platform !== "win32") return environment[name] || null;
  const [entry] = Object.entries(environment).filter(([key]) => key.toUpperCase() === name);
  return entry?.[1] || null;
}
