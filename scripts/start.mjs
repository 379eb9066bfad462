// `npm start` shows the whole job on examples/ without a network; `npm start -- PATH…` does it on a user's own files
// and the real registries, and asks before it writes.
import { join } from "node:path";
import { installPackages, root, run } from "./bootstrap.mjs";

await installPackages();
const { buildAll, bundle } = await import("./build.mjs");
await buildAll();

const args = process.argv.slice(2);
if (args.length > 0) {
  process.exitCode = await run(process.execPath, [join(root, "dist", "cli.js"), "update", "--interactive", ...args], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
  });
} else {
  const demo = join(root, "build", "demo.js");
  await bundle({ entryPoints: [join(root, "scripts", "demo.ts")], outfile: demo });
  process.exitCode = await run(process.execPath, [demo]);
}
