import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** The two WebAssembly files that reading Nix needs; `npm run build` makes the first. */
export const grammarFiles = {
  grammar: join(root, "build", "tree-sitter-nix.wasm"),
  runtime: join(root, "node_modules", "web-tree-sitter", "web-tree-sitter.wasm"),
};
