// `npm run settings-docs` writes docs/settings.md from the manifest.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./bootstrap.mjs";

/** The page, from the texts of package.json and package.nls.json. */
export function settingsPage(manifestText, stringsText) {
  const strings = JSON.parse(stringsText);
  const say = (text) => text?.replace(/^%(.+)%$/, (_, key) => strings[key]);
  const groups = JSON.parse(manifestText).contributes.configuration.toSorted((one, other) => one.order - other.order);
  const sections = groups.map(({ title, properties }) => {
    const settings = Object.entries(properties).toSorted(([, one], [, other]) => one.order - other.order);
    const rows = settings.map(
      ([name, setting]) =>
        `| \`${name}\` | ${typeWords(setting)} | ${defaultWords(setting)} | ${cell(description(setting, say))} |`,
    );
    return `## ${say(title)}\n\n| setting | type | default | |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  return `# Settings

All begin with \`dockpin.\` and apply at once, without a restart. Other editors give the same names as the section
\`dockpin\` of their language server's settings; [editors.md](editors.md) shows how. \`npm run settings-docs\` writes this
page from the manifest.

${sections.join("\n")}`;
}

function description({ markdownDescription, enum: values = [], enumDescriptions = [], scope }, say) {
  const choices = values.map((value, index) => `\`${value}\`: ${say(enumDescriptions[index])}`);
  const where = scope.startsWith("machine") ? ["Of the machine; a workspace may override it."] : [];
  return [say(markdownDescription), ...choices, ...where].join(" ");
}

function typeWords({ type, enum: values, minimum, maximum, items }) {
  if (values) return values.map((value) => `\`${value}\``).join(", ");
  if (type === "array") return `list of ${items.type}s`;
  return minimum === undefined ? type : `${type}, ${minimum} to ${maximum}`;
}

function defaultWords({ default: value }) {
  return value === "" ? "empty" : `\`${JSON.stringify(value)}\``;
}

/** References to other settings are links in the editor only; findings have their pages. */
function cell(text) {
  return text
    .replaceAll(/`#(.+?)#`/g, "`$1`")
    .replace(/^`([a-z-]+)`:/, "[`$1`](diagnostics/$1.md):")
    .replaceAll("|", "\\|")
    .replaceAll("\n", " ");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [manifest, strings] = await Promise.all(
    ["package.json", "package.nls.json"].map((name) => readFile(join(root, name), "utf8")),
  );
  await writeFile(join(root, "docs", "settings.md"), settingsPage(manifest, strings));
}
