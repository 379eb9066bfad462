import * as tls from "node:tls";
import { type HostCertificates, readCertificateFile, readCertificateFolder } from "./certs-d.ts";
import type { Machine } from "./machine.ts";
import { readCertificates, requireCertificates } from "./pem.ts";
import type { RegistriesSettings } from "./registries-settings.ts";

/** Certificates by where they hold. */
export interface Certificates {
  /** PEM; trusted for every host, beside those that Node brings. */
  shared(): Promise<readonly string[]>;
  /**
   * Of a host as it stands in image names, port included, that answers for a registry (itself when absent). Rejects with
   * `certificate-unreadable`.
   */
  of(host: string, registry?: string): Promise<HostCertificates>;
}

/** Where distributions keep the authorities that the system trusts; the first that is there counts (as Go looks). */
const SYSTEM_BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Arch, NixOS
  "/etc/pki/tls/certs/ca-bundle.crt", // Fedora
  "/etc/ssl/certs/ca-bundle.crt", // NixOS
  "/etc/ssl/ca-bundle.pem", // openSUSE
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL
  "/etc/ssl/cert.pem", // Alpine, macOS
];

/** What the variables name in pure Nix shells, so that nothing is trusted there by accident. */
const NO_FILE = "/no-cert-file.crt";

/** The authorities that Node finds in the system's store, PEM; null where this Node cannot look (before 22.15). */
export type SystemStore = () => readonly string[] | null;

/** `tls.getCACertificates`, which the types of the oldest supported Node lack. */
const nodeSystemStore: SystemStore = () => {
  const { getCACertificates } = tls as { readonly getCACertificates?: (type: "system") => readonly string[] };
  return getCACertificates?.("system") ?? null;
};

/**
 * Trusted everywhere: the system's authorities and those of `SSL_CERT_FILE`, `NIX_SSL_CERT_FILE`, `NODE_EXTRA_CA_CERTS` and the
 * folders of `SSL_CERT_DIR`; such a file that cannot be used is told in the log. For one registry: its setting
 * `certificateAuthority`, and its folder of `certs.d`. Nothing is
 * kept: who asks again reads what is there then.
 */
export function findCertificates(
  machine: Machine,
  settings: RegistriesSettings,
  systemStore: SystemStore = nodeSystemStore,
): Certificates {
  return {
    shared: () => readShared(machine, systemStore),
    of: (host, registry = host) =>
      readHost(machine, host, (settings[registry] ?? settings[host])?.certificateAuthority),
  };
}

async function readShared(machine: Machine, systemStore: SystemStore): Promise<readonly string[]> {
  const { environment } = machine;
  const variables = ["SSL_CERT_FILE", "NIX_SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];
  const files = new Map(variables.flatMap((name) => (environment[name] ? [[environment[name], name] as const] : [])));
  const folders = (environment["SSL_CERT_DIR"] ?? "").split(machine.platform === "win32" ? ";" : ":");
  const found = await Promise.all([
    readSystem(machine, systemStore),
    ...[...files].map(([file, variable]) => readNamedFile(machine, file, variable)),
    ...folders.filter((folder) => folder !== "").map((folder) => readAnyFiles(machine, folder)),
  ]);
  return found.flat();
}

/** Node looks where its OpenSSL was built for, which may be nowhere on this system. */
async function readSystem(machine: Machine, systemStore: SystemStore): Promise<readonly string[]> {
  const found = systemStore() ?? [];
  return found.length > 0 ? found : readSystemBundle(machine);
}

async function readSystemBundle(machine: Machine): Promise<readonly string[]> {
  if (machine.platform === "win32") return [];
  for (const path of SYSTEM_BUNDLES) {
    const found = await readNamedFile(machine, path);
    if (found.length > 0) return found;
  }
  return [];
}

/** Those of a file. That it is not there is told where a variable names it. */
async function readNamedFile(machine: Machine, path: string, variable?: string): Promise<readonly string[]> {
  const text = await readOrTell(machine, path, machine.readTextFile);
  if (text === undefined) return [];
  if (text === null) {
    const isMistake = variable !== undefined && path !== NO_FILE;
    if (isMistake) machine.log.warn(`${variable} names ${path}, where there are no certificates: correct it.`);
    return [];
  }
  const found = readCertificates(text);
  if (found === null) machine.log.warn(`${path} holds no certificates in PEM that can be read; they are not trusted.`);
  return found ?? [];
}

/** Those of a folder's files, where others may lie beside them. */
async function readAnyFiles(machine: Machine, folder: string): Promise<readonly string[]> {
  const names = (await readOrTell(machine, folder, machine.readFolder)) ?? [];
  const found: string[] = [];
  for (const name of names) {
    const path = `${folder}/${name}`;
    try {
      found.push(...(readCertificates((await machine.readTextFile(path)) ?? "") ?? []));
    } catch (error) {
      machine.log.debug(`${path} is left out of the certificates: ${String(error)}`);
    }
  }
  return found;
}

/** What `read` gives; undefined when it fails, which is told. */
async function readOrTell<T>(
  machine: Machine,
  path: string,
  read: (path: string) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read(path);
  } catch (error) {
    machine.log.warn(`Certificates in ${path} are left out, because it cannot be read: ${String(error)}`);
    return undefined;
  }
}

async function readHost(machine: Machine, host: string, setting: string | undefined): Promise<HostCertificates> {
  const folder = await readCertificateFolder(machine, host);
  if (setting === undefined || setting === "") return folder;
  return { ...folder, authorities: [...(await readSetting(machine, setting)), ...folder.authorities] };
}

async function readSetting(machine: Machine, setting: string): Promise<readonly string[]> {
  const path = setting.replace(/^~(?=[/\\])/, machine.homeFolder);
  const text = await readCertificateFile(machine, path, {
    unreadable: "cannot be read as a certificate authority",
    missing: "is named as a certificate authority but is not there",
  });
  return requireCertificates(path, text);
}
