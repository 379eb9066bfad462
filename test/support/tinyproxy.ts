import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface TinyproxyOptions {
  /** The port of a proxy on loopback that it asks in turn. */
  readonly upstream: number;
  readonly account?: { readonly username: string; readonly password: string };
  /** The only port that CONNECT may lead to, when given. */
  readonly connectPort?: number;
}

export interface Tinyproxy {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  close(): Promise<void>;
}

const ATTEMPTS = 5;

/**
 * Starts the real `tinyproxy` that is on PATH. It cannot choose a free port by itself, so another program may take one in
 * between; another one is tried then.
 */
export async function startTinyproxy(options: TinyproxyOptions): Promise<Tinyproxy> {
  const folder = await mkdtemp(join(tmpdir(), "dockpin-tinyproxy-"));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const path = join(folder, "tinyproxy.conf");
    await writeFile(path, configuration(options, port));
    const result = await launch(path);
    if ("close" in result) {
      const close = async () => {
        await result.close();
        await rm(folder, { recursive: true, force: true });
      };
      return { host: `127.0.0.1:${port}`, close };
    }
    if (attempt < ATTEMPTS && /Address already in use/i.test(result.said)) continue;
    await rm(folder, { recursive: true, force: true });
    throw new Error(`tinyproxy ended before it listened:\n${result.said}`);
  }
}

async function launch(path: string): Promise<{ close(): Promise<void> } | { readonly said: string }> {
  const child = spawn("tinyproxy", ["-d", "-c", path], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await once(child, "spawn");
  const said: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (!line.includes("Accepting connections")) continue;
    child.stdout.resume();
    return {
      close: async () => {
        child.kill();
        await exited;
      },
    };
  }
  await exited;
  return { said: said.join("\n") };
}

function configuration({ upstream, account, connectPort }: TinyproxyOptions, port: number): string {
  return [
    `Port ${port}`,
    "Listen 127.0.0.1",
    "Timeout 60",
    "MaxClients 20",
    "LogLevel Info",
    `Upstream http 127.0.0.1:${upstream}`,
    ...(account ? [`BasicAuth ${account.username} ${account.password}`] : []),
    ...(connectPort === undefined ? [] : [`ConnectPort ${connectPort}`]),
    "",
  ].join("\n");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
