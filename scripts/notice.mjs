// `npm run notice` writes NOTICE.md: the licences of what `dist/` contains besides our own code.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./bootstrap.mjs";
import { BUNDLES, bundle } from "./build.mjs";

/** Their WebAssembly is in `dist/`, of which esbuild knows nothing. */
const COMPILED = ["tree-sitter-nix", "web-tree-sitter"];

/** The page, from the packages that the bundles take files from. */
export async function noticePage() {
  const options = { absWorkingDir: root, outdir: "dist", metafile: true, write: false };
  const results = await Promise.all(BUNDLES.map((entry) => bundle({ ...entry, ...options })));
  const files = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const folders = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const all = new Set([...folders, ...COMPILED.map((name) => `node_modules/${name}`)]);
  // Two versions of a package have one licence.
  const sections = [...new Set(await Promise.all([...all].map(section)))].sort();
  return `# Notice\n\ndockpin's bundles contain these packages. \`npm run notice\` writes this file.\n\n${sections.join("\n")}`;
}

async function section(path) {
  const folder = join(root, ...path.split("/"));
  const description = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const { name, license, homepage = `https://www.npmjs.com/package/${name}` } = description;
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const heading = `## ${name}\n\n${homepage}, ${license}\n`;
  if (file === undefined) return heading;
  const licence = (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n").trim();
  return `${heading}\n${"```"}\n${licence}\n${"```"}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(join(root, "NOTICE.md"), await noticePage());
