// `npm run bench [-- ROUNDS]`: how long `dockpin prefetch` takes against skopeo and sha256sum, on this machine.
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
