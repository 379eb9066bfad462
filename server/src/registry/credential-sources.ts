import { posix, win32 } from "node:path";
import type { Problem, Result } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { printable } from "../base/printable.ts";
import type { Repository } from "../oci/reference.ts";
import { type CredentialFile, findEntry, findHelper, parseCredentialFile } from "./credential-file.ts";
import type { CredentialAnswer, CredentialLookup } from "./credentials.ts";

export interface CredentialSourcesOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  /** As `process.platform`. */
  readonly platform: string;
  /** As `process.getuid`; null where users have no number. */
  readonly userId: number | null;
  /** The text of a file in UTF-8; null when there is no such file; rejects when it cannot be read. */
  readonly readTextFile: (path: string) => Promise<string | null>;
  readonly log: Log;
}

interface Source {
  /** For people. */
  readonly name: string;
  readonly read: () => Promise<Result<CredentialFile> | null>;
}

/**
 * Looks for credentials where Docker and Podman keep them, in this order: `REGISTRY_AUTH_FILE` (then nothing else);
 * `DOCKER_AUTH_CONFIG`; Podman's run-time and configuration files; Docker's `config.json`; `~/.dockercfg`.
 * (containers/image `pkg/docker/config`, docker/cli `config/configfile`.)
 * A source that cannot be read is a warning, once, and is passed over. Each source is read once, when first needed.
 */
export function lookUpCredentialFiles(options: CredentialSourcesOptions): CredentialLookup {
  const readOrWarn = async (name: string, read: Source["read"]): Promise<CredentialFile | null> => {
    const warn = (reason: string) => options.log.warn(`The credentials in ${name} are not used: ${printable(reason)}.`);
    const result = await read().catch((error: unknown) => ({ ok: false as const, problem: unreadable(error) }));
    if (result === null) return null;
    if (!result.ok) {
      warn(result.problem.message);
      return null;
    }
    for (const key of result.value.unreadableKeys) warn(`the entry "${printable(key, 80)}" is malformed`);
    return result.value;
  };

  const sources = sourcesOf(options).map(({ name, read }) => ({ name, file: once(() => readOrWarn(name, read)) }));

  return async (repository: Repository): Promise<CredentialAnswer> => {
    const helpers: string[] = [];
    for (const { name, file } of sources) {
      const content = await file();
      if (content === null) continue;
      const entry = findEntry(content, repository);
      if (entry !== null) return { credentials: entry.credentials, source: `"${printable(entry.key, 80)}" in ${name}` };
      const helper = findHelper(content, repository.registry);
      if (helper !== null)
        helpers.push(`${name} leaves them to the credential helper "${printable(helper, 60)}", which is not asked`);
    }
    const searched = sources.map(({ name }) => name).join(", ");
    return { credentials: null, source: helpers.length > 0 ? helpers.join("; ") : `none were found in ${searched}` };
  };
}

function sourcesOf(options: CredentialSourcesOptions): Source[] {
  const { environment, homeFolder, platform } = options;
  const { join } = platform === "win32" ? win32 : posix;
  const fileSource = (path: string, legacy = false): Source => ({
    name: path,
    read: async () => {
      const text = await options.readTextFile(path);
      return text === null || text.trim() === "" ? null : parseCredentialFile(text, legacy);
    },
  });
  const variable = (name: string) => environment[name] || null;

  const only = variable("REGISTRY_AUTH_FILE");
  if (only !== null) return [fileSource(only)];
  const sources: Source[] = [];
  const inline = variable("DOCKER_AUTH_CONFIG");
  if (inline !== null) sources.push({ name: "DOCKER_AUTH_CONFIG", read: async () => parseCredentialFile(inline) });
  const podmanFile = (folder: string) => fileSource(join(folder, "containers", "auth.json"));
  if (platform === "linux") {
    const runtimeFolder = variable("XDG_RUNTIME_DIR");
    if (runtimeFolder !== null) sources.push(podmanFile(runtimeFolder));
    else if (options.userId !== null)
      sources.push(fileSource(join("/run/containers", String(options.userId), "auth.json")));
  }
  sources.push(podmanFile(variable("XDG_CONFIG_HOME") ?? join(homeFolder, ".config")));
  sources.push(fileSource(join(variable("DOCKER_CONFIG") ?? join(homeFolder, ".docker"), "config.json")));
  sources.push(fileSource(join(homeFolder, ".dockercfg"), true));
  return sources;
}

function unreadable(error: unknown): Problem {
  return { code: "credentials-unreadable", message: error instanceof Error ? error.message : String(error) };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => {
    result ??= work();
    return result;
  };
}
