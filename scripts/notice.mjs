// Writes NOTICE.md: the licences of what `dist/` contains besides our own code.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./bootstrap.mjs";

const { dependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
// The grammar is compiled into dist/, though it is needed at build time only.
const bundled = [...Object.keys(dependencies), "tree-sitter-nix"].sort();

const sections = await Promise.all(
  bundled.map(async (name) => {
    const folder = join(root, "node_modules", ...name.split("/"));
    const { license, homepage = `https://www.npmjs.com/package/${name}` } = JSON.parse(
      await readFile(join(folder, "package.json"), "utf8"),
    );
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? "" : (await readFile(join(folder, file), "utf8")).replaceAll("\r\n", "\n").trim();
    return `## ${name}\n\n${homepage}, ${license}\n\n${"```"}\n${text}\n${"```"}\n`;
  }),
);
await writeFile(
  join(root, "NOTICE.md"),
  `# Notice\n\ndockpin's bundles contain these packages. \`npm run notice\` writes this file.\n\n${sections.join("\n")}`,
);
