// A real VS Code that comes from npm: the server that code-server wraps, and a Node of the release line it wants. Both lie
// in a cache folder outside the repository that may be deleted at any time.
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { exists, run } from "./bootstrap.mjs";

const CODE_SERVER = "4.139.1";
/** Elsewhere the Node that runs this must do. */
const NODES = { "linux-x64": "24.9.0", "linux-arm64": "24.22.0" };

const platform = `${process.platform}-${process.arch}`;
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "dockpin-test");
const folder = join(cache, `code-server-${CODE_SERVER}-node-${NODES[platform] ?? process.versions.node}`);

/** What `startVsCodeServer` of the tests starts; null when `installVsCodeServer` was not called yet. */
export async function vsCodeServer() {
  return (await exists(folder)) ? partsIn(folder) : null;
}

/** Installs the server unless it is there; takes about a minute, once. */
export async function installVsCodeServer() {
  if (!(await exists(folder))) {
    console.log(`Installing the VS Code server of code-server ${CODE_SERVER} into ${folder}…`);
    await mkdir(cache, { recursive: true });
    const partial = await mkdtemp(join(cache, "partial-"));
    try {
      await installInto(partial);
      await rename(partial, folder);
    } catch (error) {
      // Another run may have been faster.
      if (!(await exists(folder))) throw error;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }
  return partsIn(folder);
}

async function installInto(place) {
  await writeFile(join(place, "package.json"), '{ "private": true }\n');
  const nodes = platform in NODES ? [`node-${platform}@${NODES[platform]}`] : [];
  await npmIn(place, process.env, "install", `code-server@${CODE_SERVER}`, ...nodes);
  const { node, main } = partsIn(place);
  const vscode = dirname(dirname(main));
  await npmIn(vscode, process.env, "install", "--omit=dev");
  // Without these two VS Code runs but writes no log files, which is no reason to do without it where there is no compiler.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` };
  const addons = ["@vscode/spdlog", "@vscode/native-watchdog"];
  await npmIn(vscode, env, "rebuild", ...addons, "--ignore-scripts=false").catch(() => {
    console.log(`Cannot build ${addons.join(" and ")} here: VS Code will keep no log files.`);
  });
}

async function npmIn(cwd, env, ...args) {
  const cli = process.env.npm_execpath;
  if (cli === undefined) throw new Error("Run this through npm: `npm run test:editor`, `npm run try`.");
  const quiet = ["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
  const [verb, ...rest] = args;
  const options = { cwd, env, stdio: ["ignore", "ignore", "inherit"] };
  if ((await run(process.execPath, [cli, verb, ...quiet, ...rest], options)) !== 0) {
    throw new Error(`npm ${args.join(" ")} failed in ${cwd}`);
  }
}

function partsIn(place) {
  const modules = join(place, "node_modules");
  return {
    node: platform in NODES ? join(modules, `node-${platform}`, "bin", "node") : process.execPath,
    main: join(modules, "code-server", "lib", "vscode", "out", "server-main.js"),
  };
}
