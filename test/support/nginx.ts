import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Nginx {
  /** A line for each request: host and port, method, path with query, status, and `Authorization` (`-` for none). */
  requests(): Promise<string[]>;
  close(): Promise<void>;
}

/** `server` blocks for the configuration, given free loopback ports to `listen` on, and the folder with the files. */
export type ServerBlocks = (ports: readonly number[], folder: string) => string;

const ATTEMPTS = 5;

/**
 * Starts the real `nginx` on PATH in one process. `files` are written into its folder first.
 * nginx cannot choose a free port by itself, so another program may take one in between; other ports are tried then.
 */
export async function startNginx(
  portCount: number,
  blocks: ServerBlocks,
  files: Readonly<Record<string, string>> = {},
): Promise<Nginx & { readonly ports: readonly number[] }> {
  const folder = await mkdtemp(join(tmpdir(), "dockpin-nginx-"));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  for (let attempt = 1; ; attempt += 1) {
    const ports = await freePorts(portCount);
    await writeFile(join(folder, "nginx.conf"), configuration(blocks(ports, folder), folder));
    const result = await launch(folder);
    if ("close" in result) return { ...result, ports };
    if (attempt < ATTEMPTS && result.said.includes("Address already in use")) continue;
    await rm(folder, { recursive: true, force: true });
    throw new Error(`nginx ended before it listened:\n${result.said}`);
  }
}

async function launch(folder: string): Promise<Nginx | { readonly said: string }> {
  const child = spawn("nginx", ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await once(child, "spawn");
  const said: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    said.push(line);
    // Told once the sockets listen.
    if (!line.includes("event method")) continue;
    child.stderr.resume();
    return {
      requests: async () => (await readFile(join(folder, "access.log"), "utf8")).split("\n").filter(Boolean),
      close: async () => {
        child.kill();
        await exited;
        await rm(folder, { recursive: true, force: true });
      },
    };
  }
  await exited;
  return { said: said.join("\n") };
}

function configuration(serverBlocks: string, folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 128; }
http {
${temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`).join("\n")}
  log_format seen '$server_addr:$server_port $request_method $request_uri $status $http_authorization';
  access_log ${folder}/access.log seen;
${serverBlocks}
}
`;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ports.push((server.address() as AddressInfo).port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
