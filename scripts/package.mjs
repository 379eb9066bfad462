// `npm run package`: builds, and packs the extension as dockpin-VERSION.vsix, which "Extensions: Install from VSIX…"
// installs.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages, root } from "./bootstrap.mjs";

/** Packs what lies in `dist/` and gives the path of the package. */
export async function packExtension(folder = root) {
  const { createVSIX } = await import("@vscode/vsce");
  const { name, version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const packagePath = join(folder, `${name}-${version}.vsix`);
  await createVSIX({
    cwd: root,
    packagePath,
    // The bundles contain the packages that they need.
    dependencies: false,
    // Relative links lead to what is in the package too.
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  return packagePath;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await installPackages();
  const { buildAll } = await import("./build.mjs");
  await buildAll();
  await packExtension();
}
