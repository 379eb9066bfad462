// Compiles the tree-sitter grammar for Nix to WebAssembly with a clang that itself is WebAssembly, so that no
// platform needs a compiler and no binary is committed.
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exists, root } from "./bootstrap.mjs";

const grammarSource = join(root, "node_modules", "tree-sitter-nix", "src");

const flags = ["-O2", "-fPIC", "-shared", "-nostdlib", "-Wl,--experimental-pic", "-Wl,--export=tree_sitter_nix"];
const linkerFlags = ["-Wl,--no-entry", "-Wl,--allow-undefined"];
// The grammar includes stdlib.h for size_t and NULL only, and there is no C library here.
const stdlib = "#include <stddef.h>\n";

/** Writes `build/tree-sitter-nix.wasm` unless it is already made from the same sources; gives its path. */
export async function buildGrammar() {
  const sources = {
    "parser.c": await readFile(join(grammarSource, "parser.c"), "utf8"),
    "scanner.c": await readFile(join(grammarSource, "scanner.c"), "utf8"),
    "parser.h": await readFile(join(grammarSource, "tree_sitter", "parser.h"), "utf8"),
  };
  const clangVersion = await readFile(join(root, "node_modules", "@yowasp", "clang", "package.json"), "utf8");
  const key = createHash("sha256")
    .update(JSON.stringify([sources, flags, linkerFlags, stdlib, clangVersion]))
    .digest("hex");
  const output = join(root, "build", "tree-sitter-nix.wasm");
  const keyFile = `${output}.key`;
  if ((await exists(output)) && (await exists(keyFile)) && (await readFile(keyFile, "utf8")) === key) return output;

  const { runClang } = await import("@yowasp/clang");
  const files = await runClang(
    [
      "clang",
      "--target=wasm32-wasip1",
      ...flags,
      ...linkerFlags,
      "-Iinclude",
      "-o",
      "nix.wasm",
      "parser.c",
      "scanner.c",
    ],
    {
      "parser.c": sources["parser.c"],
      "scanner.c": sources["scanner.c"],
      include: { "stdlib.h": stdlib, tree_sitter: { "parser.h": sources["parser.h"] } },
    },
  );
  await mkdir(join(root, "build"), { recursive: true });
  const partial = `${output}.${process.pid}.partial`;
  await writeFile(partial, files["nix.wasm"]);
  await rename(partial, output);
  await writeFile(keyFile, key);
  return output;
}
