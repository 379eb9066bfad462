// A fresh clone has no packages, and install scripts are switched off for the whole project, so npm's own `prestart`
// and `pretest` would not run: what needs packages calls this first.
import { spawn } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs a program with this terminal; gives its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", ...options });
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal === null ? code : 1));
  });
}

/** Runs npm through this very Node, which needs no shell on Windows. */
export function npm(...args) {
  const cli = process.env.npm_execpath;
  if (cli === undefined) throw new Error("Run this through npm: `npm start`, `npm test`, `npm run bench`.");
  return run(process.execPath, [cli, ...args]);
}

/** Whether there is a file or folder at a path. */
export async function exists(path) {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}

/** Installs the locked packages unless they are there already. */
export async function installPackages() {
  const [wanted, installed] = await Promise.all([
    lockedVersions(join(root, "package-lock.json")),
    lockedVersions(join(root, "node_modules", ".package-lock.json")),
  ]);
  if (wanted.every(([path, version, optional]) => optional || installed.some(([p, v]) => p === path && v === version)))
    return;
  console.log("Installing packages…");
  if ((await npm("ci", "--no-audit", "--no-fund", "--loglevel=error")) !== 0) process.exit(2);
}

async function lockedVersions(path) {
  try {
    const { packages } = JSON.parse(await readFile(path, "utf8"));
    return Object.entries(packages)
      .filter(([name]) => name !== "")
      .map(([name, entry]) => [name, entry.version, entry.optional === true]);
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}
