// The suite that runs inside VS Code's extension host, as the one CommonJS file that VS Code wants.
import { join } from "node:path";
import { root } from "./bootstrap.mjs";

/** Bundles the suite and gives its path, which is below `node_modules/`'s folder since mocha is loaded from there. */
export async function bundleEditorSuite() {
  const { bundle } = await import("./build.mjs");
  const outfile = join(root, "build", "editor-suite", "index.js");
  await bundle({
    entryPoints: [join(root, "test", "editor", "suite", "index.ts")],
    outfile,
    external: ["vscode", "mocha"],
  });
  return outfile;
}
