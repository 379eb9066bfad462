// Builds `dist/`: the command line as one file, and the two WebAssembly files beside it.
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildGrammar } from "./build-grammar.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

export async function buildAll() {
  const dist = join(root, "dist");
  await mkdir(dist, { recursive: true });
  const [grammar] = await Promise.all([
    buildGrammar(),
    bundle({
      entryPoints: { cli: join(root, "server", "src", "cli", "main.ts") },
      outdir: dist,
      banner: { js: "#!/usr/bin/env node" },
    }),
  ]);
  await copyFile(grammar, join(dist, "tree-sitter-nix.wasm"));
  await copyFile(
    join(root, "node_modules", "web-tree-sitter", "web-tree-sitter.wasm"),
    join(dist, "web-tree-sitter.wasm"),
  );
}

/** Bundles for Node 20 as CommonJS, which is what an editor's extension host loads too. */
export function bundle(options) {
  return build({
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    sourcemap: true,
    legalComments: "none",
    // esbuild would take its ESM build, whose import.meta is empty in a CommonJS bundle.
    alias: { "web-tree-sitter": join(root, "node_modules", "web-tree-sitter", "web-tree-sitter.cjs") },
    logLevel: "warning",
    ...options,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll();
