import { createPrivateKey, X509Certificate } from "node:crypto";
import { posix, win32 } from "node:path";
import type { Machine } from "./machine.ts";
import { requireCertificates, unreadableCertificate } from "./pem.ts";

/** What TLS connections to one host go by beside what all go by. */
export interface HostCertificates {
  /** PEM. */
  readonly authorities: readonly string[];
  /** PEM; shown to the host when it asks. */
  readonly client: { readonly cert: string; readonly key: string } | null;
}

const NONE: HostCertificates = { authorities: [], client: null };

/**
 * What the first folder of `certs.d` for a registry holds (containers-certs.d(5), Docker's `certs.d`): authorities in `*.crt`,
 * a client's certificate and key in `NAME.cert` and `NAME.key`. The folder has the host's name with exactly its port.
 * A folder that cannot be read is told in the log. Rejects with `certificate-unreadable`.
 */
export async function readCertificateFolder(machine: Machine, host: string): Promise<HostCertificates> {
  if (!/^[a-z0-9.:[\]_-]+$/i.test(host) || /^\.+$/.test(host)) return NONE;
  const { join } = machine.platform === "win32" ? win32 : posix;
  for (const parent of certificateFolders(machine)) {
    const folder = join(parent, host);
    const names = await readFolder(machine, folder);
    if (names !== null) return readFiles(machine, folder, [...names].sort());
  }
  return NONE;
}

function certificateFolders({ platform, homeFolder, environment }: Machine): string[] {
  if (platform === "win32") {
    return [
      win32.join(homeFolder, ".config", "containers", "certs.d"),
      win32.join(homeFolder, ".docker", "certs.d"),
      win32.join(environment["ProgramData"] || "C:\\ProgramData", "docker", "certs.d"),
    ];
  }
  return [
    posix.join(homeFolder, ".config/containers/certs.d"),
    "/etc/containers/certs.d",
    "/etc/docker/certs.d",
    // Docker Desktop's.
    ...(platform === "darwin" ? [posix.join(homeFolder, ".docker/certs.d")] : []),
  ];
}

async function readFolder(machine: Machine, folder: string): Promise<readonly string[] | null> {
  try {
    return await machine.readFolder(folder);
  } catch (error) {
    machine.log.warn(`Certificates in ${folder} are left out, because it cannot be read: ${String(error)}`);
    return null;
  }
}

async function readFiles(machine: Machine, folder: string, names: readonly string[]): Promise<HostCertificates> {
  const { join } = machine.platform === "win32" ? win32 : posix;
  const read = (name: string) => readCertificateFile(machine, join(folder, name), UNREAD);
  const authorities: string[] = [];
  for (const name of names.filter((candidate) => candidate.endsWith(".crt"))) {
    authorities.push(...requireCertificates(join(folder, name), await read(name)));
  }
  const stems = (ending: string) =>
    names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  const [certificates, keys] = [stems(".cert"), stems(".key")];
  const lonely = certificates.find((stem) => !keys.includes(stem));
  if (lonely !== undefined) {
    throw unreadableCertificate(
      join(folder, `${lonely}.cert`),
      `has no ${lonely}.key beside it, which a client's certificate needs (authorities end in .crt)`,
    );
  }
  const keyOnly = keys.find((stem) => !certificates.includes(stem));
  if (keyOnly !== undefined) {
    throw unreadableCertificate(join(folder, `${keyOnly}.key`), `has no ${keyOnly}.cert beside it`);
  }
  const [stem] = certificates;
  if (stem === undefined) return { authorities, client: null };
  const client = { cert: await read(`${stem}.cert`), key: await read(`${stem}.key`) };
  requireCertificates(join(folder, `${stem}.cert`), client.cert);
  requirePair(client, join(folder, `${stem}.key`));
  return { authorities, client };
}

const UNREAD = { unreadable: "cannot be read", missing: "leads nowhere" };

/** The text of a file that must be there. Rejects with `certificate-unreadable`, in these words. */
export async function readCertificateFile(
  machine: Machine,
  path: string,
  words: { readonly unreadable: string; readonly missing: string },
): Promise<string> {
  let text: string | null;
  try {
    text = await machine.readTextFile(path);
  } catch (cause) {
    throw unreadableCertificate(path, words.unreadable, cause);
  }
  if (text === null) throw unreadableCertificate(path, words.missing);
  return text;
}

function requirePair({ cert, key }: { readonly cert: string; readonly key: string }, path: string): void {
  let isPair: boolean;
  try {
    isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw unreadableCertificate(path, "is not a private key in PEM without a passphrase", cause);
  }
  if (!isPair) throw unreadableCertificate(path, "is not the key of the certificate beside it");
}
