// `npm run try`: a real VS Code with the extension, on a copy of examples/ and with a registry that has their images. The
// desktop's if `code` is on PATH; else, or with `-- --browser`, one that a browser shows.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installPackages, root } from "./bootstrap.mjs";
import { packExtension } from "./package.mjs";
import { onPath } from "./system-tools.mjs";
import { installVsCodeServer } from "./vscode-server.mjs";

await installPackages();
const { buildAll, bundle } = await import("./build.mjs");
await buildAll();
const outfile = join(root, "build", "try.js");
await bundle({ entryPoints: [join(root, "scripts", "try.ts")], outfile });
const { tryInBrowser, tryOnDesktop } = await import(pathToFileURL(outfile));

if (process.argv[2] !== "--browser" && onPath("code")) {
  await tryOnDesktop(root);
} else {
  await tryInBrowser(root, await installVsCodeServer(), await packExtension(join(root, "build")));
}
