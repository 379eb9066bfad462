// `npm run bench [-- [--write] [NAME…] [ROUNDS]]`: what dockpin's speed is against that of others, or of more work, on this
// machine; see BENCHMARKS.md.
import { join } from "node:path";
import { installPackages, root, run } from "./bootstrap.mjs";
import { installSystemTools } from "./system-tools.mjs";

await installPackages();
const missing = await installSystemTools(["bench"]);
if (missing.length > 0) {
  console.log(`Not on PATH: ${missing.map(({ programs }) => programs[0]).join(", ")}. What needs them is left out.`);
}
const { buildAll, bundle } = await import("./build.mjs");
const bench = join(root, "test", "bench");
const names = ["main", "usage-report", "event-loop-report"];
// As deep as sources that look for `dist/`.
const outdir = join(root, "build", "bench", "bundle");
await Promise.all([
  buildAll(),
  bundle({
    entryPoints: Object.fromEntries(names.map((name) => [name, join(bench, `${name}.ts`)])),
    define: { "import.meta.dirname": "__dirname" },
    outdir,
  }),
]);
process.exitCode = await run(process.execPath, [join(outdir, "main.js"), ...process.argv.slice(2)]);
