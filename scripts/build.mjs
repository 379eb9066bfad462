// Builds `dist/`: the extension, the server, the command line and the threads of the latter two as one file each, and the
// two WebAssembly files beside them.
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildGrammar } from "./build-grammar.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What is in `dist/`, as esbuild takes it. */
export const BUNDLES = [
  { entryPoints: { cli: join(root, "server", "src", "cli", "main.ts") }, banner: { js: "#!/usr/bin/env node" } },
  { entryPoints: { server: join(root, "server", "src", "lsp", "main.ts") } },
  { entryPoints: { "prefetch-thread": join(root, "server", "src", "prefetch", "threads", "main.ts") } },
  { entryPoints: { client: join(root, "client", "src", "extension.ts") }, external: ["vscode"] },
];

/** Files appear in `dist/` whole, so that what runs from it may be built anew meanwhile. */
export async function buildAll() {
  const dist = join(root, "dist");
  const grammar = await buildGrammar();
  const partial = await mkdtemp(join(root, "build", "dist-"));
  try {
    for (const options of BUNDLES) await bundle({ ...options, outdir: partial });
    await copyFile(grammar, join(partial, "tree-sitter-nix.wasm"));
    const runtime = join(root, "node_modules", "web-tree-sitter", "web-tree-sitter.wasm");
    await copyFile(runtime, join(partial, "web-tree-sitter.wasm"));
    await mkdir(dist, { recursive: true });
    for (const name of await readdir(partial)) await rename(join(partial, name), join(dist, name));
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Bundles for Node 20 as CommonJS, which is what an editor's extension host loads too. */
export function bundle(options) {
  return build({
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    // Names stay, for the stack traces of defects.
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: true,
    legalComments: "none",
    // esbuild would take its ESM build, whose import.meta is empty in a CommonJS bundle.
    alias: { "web-tree-sitter": join(root, "node_modules", "web-tree-sitter", "web-tree-sitter.cjs") },
    logLevel: "warning",
    ...options,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll();
