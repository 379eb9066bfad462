import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { createFrameCheck } from "./framing.ts";

const DIST = join(import.meta.dirname, "..", "..", "..", "dist");
const SERVER = join(DIST, "server.js");
const CLI = join(DIST, "cli.js");

/** The ways to start the server over stdio: as the extension's bundle, and as the command for other editors. */
export const COMMANDS = {
  bundle: [SERVER, "--stdio"],
  "dockpin lsp": [CLI, "lsp"],
} as const;

export interface ServerProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>;
  readonly hasExited: () => boolean;
  /** What the process wrote that a client does not expect; empty when all is well. */
  noise(): readonly string[];
}

export interface ServerProcessOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly command?: keyof typeof COMMANDS;
  readonly args?: readonly string[];
}

/** Starts the built server. */
export function startServerProcess(options: ServerProcessOptions): ServerProcess {
  const command = COMMANDS[options.command ?? "bundle"];
  if (!existsSync(command[0])) throw new Error(`${command[0]} is not there; run \`npm run build\` first`);
  const child = spawn(process.execPath, [...command, ...(options.args ?? [])], {
    cwd: options.cwd,
    env: options.env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const frames = createFrameCheck();
  child.stdout.on("data", (chunk: Uint8Array) => frames.push(chunk));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let exited = false;
  const exit = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      exited = true;
      resolve(code ?? signal);
    });
  });
  return {
    child,
    exit,
    hasExited: () => exited,
    noise() {
      const fault = frames.fault();
      return [...(fault === null ? [] : [`stdout: ${fault}`]), ...(stderr === "" ? [] : [`stderr: ${stderr}`])];
    },
  };
}
