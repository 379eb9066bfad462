// `npm run test:editor:desktop`: the suite of the extension host in a VS Code of the desktop, the one that VSCODE_PATH names
// or one that is downloaded into `.vscode-test/`.
import { join } from "node:path";
import { installPackages, root, run } from "./bootstrap.mjs";

await installPackages();
const { buildAll, bundle } = await import("./build.mjs");
const { bundleEditorSuite } = await import("./editor-suite.mjs");
await buildAll();
const suite = await bundleEditorSuite();
const main = join(root, "build", "test-desktop.js");
await bundle({
  entryPoints: [join(root, "test", "editor", "desktop.ts")],
  outfile: main,
  external: ["@vscode/test-electron"],
});
process.exitCode = await run(process.execPath, [main, suite]);
