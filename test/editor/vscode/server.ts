import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** A VS Code server as `scripts/vscode-server.mjs` installs it. */
export interface VsCodeServerInstallation {
  readonly node: string;
  readonly main: string;
}

export interface ServerOptions {
  /** Where everything lies that it writes; made when it is not there. */
  readonly folder: string;
  /** Packaged extensions to install before it starts. */
  readonly vsix?: readonly string[];
  /** On: folders open in Restricted Mode until someone trusts them. */
  readonly workspaceTrust: boolean;
  /** Pages may name an extension under development and a suite to run; they show no notifications then. */
  readonly forSuites?: boolean;
  /** Machine settings; they hold for every window. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface VsCodeServer {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** The file of the settings that hold for every window. */
  readonly machineSettings: string;
  close(): Promise<void>;
}

/** Keeps VS Code to the editor: no welcome page, no chat, nothing that asks the network. */
const QUIET_SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  // As on a desktop; in a browser VS Code saves by itself.
  "files.autoSave": "off",
  "editor.minimap.enabled": false,
};

/** Starts a VS Code server on a free port of the loopback interface; its pages are opened by `openWorkbench`. */
export async function startVsCodeServer(
  installation: VsCodeServerInstallation,
  options: ServerOptions,
): Promise<VsCodeServer> {
  const data = join(options.folder, "data");
  const folders = ["--server-data-dir", data, "--extensions-dir", join(options.folder, "extensions")];
  const settings = JSON.stringify({ ...QUIET_SETTINGS, ...options.settings }, null, 2);
  for (const scope of ["Machine", "User"]) {
    await mkdir(join(data, "data", scope), { recursive: true });
    await writeFile(join(data, "data", scope, "settings.json"), settings);
  }
  const environment = await isolatedEnvironment(join(options.folder, "home"), options.env ?? {});
  const start = (...args: string[]) =>
    spawn(installation.node, [installation.main, "--accept-server-license-terms", ...folders, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment,
      // A process group of its own, so that its extension hosts end with it.
      detached: process.platform !== "win32",
    });
  for (const file of options.vsix ?? []) await toSuccess(start("--install-extension", file));
  const server = start(
    ...["--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--disable-telemetry"],
    // Nobody comes back to a page that is gone: its extension host may end.
    ...["--reconnection-grace-time", "1"],
    ...(options.forSuites === true ? ["--enable-smoke-test-driver"] : []),
    ...(options.workspaceTrust ? [] : ["--disable-workspace-trust"]),
  );
  try {
    const port = await portOf(server);
    const machineSettings = join(data, "data", "Machine", "settings.json");
    return { origin: `http://127.0.0.1:${port}`, machineSettings, close: () => end(server) };
  } catch (error) {
    await end(server);
    throw error;
  }
}

/** This process's environment, but with a home that holds no credentials or settings of the user. */
async function isolatedEnvironment(home: string, more: Readonly<Record<string, string>>) {
  await mkdir(home, { recursive: true });
  const { DOCKER_CONFIG: _, ...inherited } = process.env;
  return {
    ...inherited,
    HOME: home,
    USERPROFILE: home,
    REGISTRY_AUTH_FILE: join(home, "no-credentials.json"),
    ...more,
  };
}

function portOf(server: ChildProcessByStdio<null, Readable, Readable>): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (text: string) => {
      output += text;
      const port = /Extension host agent listening on (\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    server.stdout.setEncoding("utf8").on("data", read);
    server.stderr.setEncoding("utf8").on("data", read);
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`The VS Code server ended with ${code}:\n${output}`)));
  });
}

function toSuccess(child: ChildProcessByStdio<null, Readable, Readable>): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(output))));
  });
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  if (process.platform === "win32") server.kill();
  else process.kill(-server.pid, "SIGTERM");
  await ended;
}
