import { spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRegistry } from "../test/support/registry/server.ts";
import { sampleImages } from "../test/support/sample/images.ts";

// The bundle lies in build/.
const root = join(__dirname, "..");
const REGISTRIES = ["docker.io", "ghcr.io", "quay.io"];

/** Runs the job on a copy of examples/ against a registry in this process; gives the exit code. */
async function demo(): Promise<number> {
  const registry = await startRegistry(sampleImages());
  const folder = await mkdtemp(join(tmpdir(), "dockpin-examples-"));
  try {
    await cp(join(root, "examples"), folder, { recursive: true });
    const endpoints = REGISTRIES.flatMap((name) => ["--endpoint", `${name}=${registry.origin}`]);
    const dockpin = (...args: string[]) => {
      console.log(`\n$ dockpin ${args.join(" ")}`);
      return runCli([...args, ...endpoints], folder);
    };
    console.log("A copy of examples/, and a registry of its own with newer images than they pin.");
    const codes = [
      // Stale pins are what the example is about: 1 is what `check` and `--dry-run` should answer.
      (await dockpin("check")) === 1,
      (await dockpin("update", "--dry-run")) === 1,
      (await dockpin("update")) === 0,
      (await dockpin("verify")) === 0,
    ];
    if (codes.includes(false)) return 1;
    console.log(
      [
        "",
        "That was a copy; nothing of yours was touched. Next:",
        "  npm start -- ~/my-nixos-config        the same on your files and the real registries; asks before it writes",
        "  node dist/cli.js check PATH           only look; exit code 1 when something is stale",
        "  node dist/cli.js prefetch alpine 3.20 print a pin, as nix-prefetch-docker does",
        "  node dist/cli.js --help               everything else",
      ].join("\n"),
    );
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await registry.close();
  }
}

function runCli(args: readonly string[], cwd: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "dist", "cli.js"), ...args], { cwd, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

demo().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 2;
  },
);
