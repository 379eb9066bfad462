import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The bytes of the two WebAssembly files that the build puts into a folder, beside the bundles. */
export async function readWasmFiles(folder: string): Promise<{ runtime: Uint8Array; grammar: Uint8Array }> {
  const [runtime, grammar] = await Promise.all([
    readFile(join(folder, "web-tree-sitter.wasm")),
    readFile(join(folder, "tree-sitter-nix.wasm")),
  ]);
  return { runtime, grammar };
}
