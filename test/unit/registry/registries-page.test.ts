import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../../../server/src/base/error-codes.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const PAGES = ["docs/registries.md", "SECURITY.md"];
const read = (path: string) => readFile(join(root, path), "utf8");

/** All between single back quotes. */
function codeIn(text: string): string[] {
  return [...text.replace(/```[\s\S]*?```/g, "").matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

test.each(PAGES)("%s names files that are there", async (page) => {
  const text = await read(page);
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => join(dirname(page), target));
  const paths = codeIn(text).filter((code) => /^(?:test|docs|server)\/[\w./-]+$/.test(code));
  expect([...links, ...paths].filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test.each(PAGES)("%s links to headings that it has", async (page) => {
  const text = await read(page);
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, "")
      .replaceAll(" ", "-"),
  );
  const anchors = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = ""]) => anchor);
  expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([]);
});

test("the codes of the troubleshooting table are errors", async () => {
  const [, table = ""] = (await read("docs/registries.md")).split("## When it does not work");
  const codes = table.split("\n").flatMap((line) => codeIn(/^\| ([^|]*)\|/.exec(line)?.[1] ?? ""));
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((code) => !(ERROR_CODES as readonly string[]).includes(code))).toEqual([]);
});

test("the settings and variables that it names are read", async () => {
  const text = await read("docs/registries.md");
  const folders = ["server/src/registry", "server/src/files", "server/src/cli", "client/src"];
  const sources = await Promise.all(
    folders.map(async (folder) =>
      Promise.all(
        (await readdir(join(root, folder)))
          .filter((name) => name.endsWith(".ts"))
          .map((name) => read(`${folder}/${name}`)),
      ),
    ),
  );
  const code = sources.flat().join("\n");
  const variables = new Set(text.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g)?.filter((name) => !name.startsWith("CI_")));
  variables.delete("GITHUB_TOKEN");
  expect([...variables].filter((name) => !code.includes(name))).toEqual([]);

  const manifest = JSON.parse(await read("package.json")) as {
    contributes: { configuration: { properties: Record<string, { additionalProperties?: { properties: object } }> }[] };
  };
  const registries = manifest.contributes.configuration.map(({ properties }) => properties["dockpin.registries"]);
  const known = registries.flatMap((setting) => Object.keys(setting?.additionalProperties?.properties ?? {}));
  const examples = [...text.matchAll(/"dockpin\.registries": \{ "[^"]+": \{ "(\w+)":/g)].map(([, name = ""]) => name);
  expect(examples.length).toBeGreaterThan(3);
  expect(examples.filter((name) => !known.includes(name))).toEqual([]);
});
