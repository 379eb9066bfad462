import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** An account of a registry with `htpasswd`, the password hashed by bcrypt as docker-registry wants it. */
export const REGISTRY_ACCOUNT = {
  username: "dockpin",
  password: "correct horse battery",
  htpasswd: "dockpin:$2y$05$dQhZOZ5mtCtWlUuqFpfXGuGqpTPXFQEG2ootlnU/2QTzSczipdf0G\n",
} as const;

export interface DockerRegistryOptions {
  /** Content of an htpasswd file (bcrypt only); everything needs Basic credentials when given. */
  readonly htpasswd?: string;
  /** Everything needs a token of this service when given. */
  readonly token?: TrustedTokenService;
  /** PEM; the registry speaks https when given. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** PEM; who speaks https must show a certificate of these authorities when given. */
  readonly clientAuthorities?: string;
  /** The URL of a registry that this one is a pull-through cache of. */
  readonly cacheOf?: string;
  /** A folder that several registries may serve; one of its own, empty and removed in the end, when absent. */
  readonly storage?: string;
  /** Called with every line of its access log (the combined format of Apache), which it else does not write. */
  readonly onAccess?: (line: string) => void;
}

export interface TrustedTokenService {
  /** The URL where tokens are asked for. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM of the certificates whose keys may sign. */
  readonly certificates: string;
}

export interface DockerRegistry {
  /** `127.0.0.1:PORT`, as it stands in an image name. */
  readonly host: string;
  readonly processId: number;
  close(): Promise<void>;
}

/** Starts the real `docker-registry` that is on PATH, on a free loopback port. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "dockpin-registry-"));
  const file = async (name: string, content: string) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const tls = options.tls && {
    certificate: await file("certificate.pem", options.tls.cert),
    key: await file("key.pem", options.tls.key),
    ...(options.clientAuthorities !== undefined && {
      clientcas: [await file("client-authorities.pem", options.clientAuthorities)],
    }),
  };
  const configuration = {
    version: "0.1",
    log: { level: "info", accesslog: { disabled: options.onAccess === undefined } },
    storage: { filesystem: { rootdirectory: options.storage ?? join(folder, "storage") } },
    ...(options.cacheOf !== undefined && { proxy: { remoteurl: options.cacheOf } }),
    http: { addr: "127.0.0.1:0", ...(tls && { tls }) },
    ...(options.htpasswd !== undefined && {
      auth: { htpasswd: { realm: "basic-realm", path: await file("htpasswd", options.htpasswd) } },
    }),
    ...(options.token !== undefined && {
      auth: {
        token: {
          realm: options.token.realm,
          service: options.token.service,
          issuer: options.token.issuer,
          rootcertbundle: await file("token-certificates.pem", options.token.certificates),
        },
      },
    }),
  };
  // JSON is YAML, as far as the registry's reader is concerned.
  const path = await file("config.yml", JSON.stringify(configuration));
  const child = spawn("docker-registry", ["serve", path], { stdio: ["ignore", "pipe", "pipe"] });
  if (options.onAccess === undefined) child.stdout.resume();
  else createInterface(child.stdout).on("line", options.onAccess);
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const close = async () => {
    child.kill();
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await once(child, "spawn");
    const said: string[] = [];
    for await (const line of createInterface(child.stderr)) {
      said.push(line);
      const host = /listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (host === undefined) continue;
      child.stderr.resume();
      return { host, processId: child.pid ?? Number.NaN, close };
    }
    throw new Error(`docker-registry ended before it listened:\n${said.join("\n")}`);
  } catch (error) {
    await close();
    throw error;
  }
}
