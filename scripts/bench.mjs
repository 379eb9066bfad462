// `npm run bench [-- [--json] [NAME…] [ROUNDS]]`: what dockpin's speed is against that of others, or of more work, on this
// machine: prefetching, scanning a folder, a keystroke, and reading files that are far from usual.
import { join } from "node:path";
import { installPackages, root, run } from "./bootstrap.mjs";

await installPackages();
const { buildAll, bundle } = await import("./build.mjs");
const bench = join(root, "test", "bench");
const build = join(root, "build");
await Promise.all([
  buildAll(),
  bundle({
    entryPoints: { bench: join(bench, "main.ts"), "bench-usage-report": join(bench, "usage-report.ts") },
    outdir: build,
  }),
]);
process.exitCode = await run(process.execPath, [join(build, "bench.js"), ...process.argv.slice(2)]);
