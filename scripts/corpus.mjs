// `npm run corpus -- [--all] [--json] FOLDER`: how much of a folder of Nix code dockpin reads. Nothing is sent or changed.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installPackages, root } from "./bootstrap.mjs";

await installPackages();
const { buildAll, bundle } = await import("./build.mjs");
await buildAll();
const outfile = join(root, "build", "corpus.js");
await bundle({ entryPoints: [join(root, "scripts", "corpus", "main.ts")], outfile });
const { main } = await import(pathToFileURL(outfile));
process.exitCode = await main(process.argv.slice(2), join(root, "dist"));
