// `npm run l10n` collects the texts of the extension and the server into l10n/bundle.l10n.json, which is what
// translators start from: l10n/bundle.l10n.LANGUAGE.json.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./bootstrap.mjs";

const TRANSLATED = /(?<![\w.])(?:l10n\.)?t\(\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/g;

/** Every text that code hands to `l10n.t` or to a parameter `t`, as `vscode.l10n` wants its bundle. */
export async function bundleOfTexts() {
  const files = await Promise.all(
    ["client/src", "server/src"].map(async (folder) =>
      (await readdir(join(root, folder), { recursive: true }))
        .filter((name) => name.endsWith(".ts"))
        .map((name) => readFile(join(root, folder, name), "utf8")),
    ),
  );
  const sources = await Promise.all(files.flat());
  const texts = sources.flatMap((source) => [...source.matchAll(TRANSLATED)].map(([, literal]) => textOf(literal)));
  return `${JSON.stringify(Object.fromEntries([...new Set(texts)].sort().map((text) => [text, text])), null, 2)}\n`;
}

/** Of a literal in double quotes, or in single ones because it contains double ones. */
function textOf(literal) {
  return JSON.parse(literal.startsWith('"') ? literal : `"${literal.slice(1, -1).replaceAll('"', '\\"')}"`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(join(root, "l10n", "bundle.l10n.json"), await bundleOfTexts());
}
