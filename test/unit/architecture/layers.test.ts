import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, test } from "vitest";

const source = resolve(import.meta.dirname, "..", "..", "..", "server", "src");

/** Which layers each layer may import, itself left out. ARCHITECTURE.md draws the same picture. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  oci: ["base"],
  nix: ["base", "oci"],
  registry: ["base", "oci"],
  archive: ["base", "oci"],
  prefetch: ["base", "oci", "registry", "archive"],
  pins: ["base", "oci", "nix", "registry", "prefetch"],
  files: ["base"],
  lsp: ["base", "oci", "nix", "registry", "prefetch", "pins", "files"],
  // The server is one of the verbs.
  cli: ["base", "oci", "nix", "registry", "prefetch", "pins", "files", "lsp"],
};

/** What a layer may not reach outside: the purity that its tests rely on. */
const MAY_NOT_IMPORT: Record<string, RegExp> = {
  base: /^(node:(fs|net|http|https|child_process)|undici)/,
  oci: /^(node:(fs|net|http|https|child_process)|undici)/,
  nix: /^(node:(fs|net|http|https|child_process)|undici)/,
  archive: /^(node:(fs|net|http|https|child_process)|undici)/,
  pins: /^(node:(fs|net|http|https|child_process)|undici)/,
};

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(source, name));

function layerOf(file: string): string {
  return relative(source, file).split(sep)[0] ?? "";
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
}

describe("imports point one way", () => {
  test("every layer is known", () => {
    expect([...new Set(files.map(layerOf))].filter((layer) => !(layer in MAY_IMPORT))).toEqual([]);
  });

  test.each(Object.keys(MAY_IMPORT))("%s imports only what lies below it", (layer) => {
    const wrong = files
      .filter((file) => layerOf(file) === layer)
      .flatMap((file) =>
        importsOf(file)
          .filter((specifier) =>
            specifier.startsWith(".")
              ? ![layer, ...MAY_IMPORT[layer]!].includes(layerOf(resolve(dirname(file), specifier)))
              : MAY_NOT_IMPORT[layer]?.test(specifier),
          )
          .map((specifier) => `${relative(source, file)} imports ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });

  test("nothing below the command line prints", () => {
    const printing = files
      .filter((file) => layerOf(file) !== "cli" && /\bconsole\.|process\.std(out|err)/.test(readFileSync(file, "utf8")))
      .map((file) => relative(source, file));
    expect(printing).toEqual([]);
  });
});

describe("files are small", () => {
  test("no source file is over 500 lines", () => {
    const long = files
      .map((file) => [relative(source, file), readFileSync(file, "utf8").split("\n").length] as const)
      .filter(([, lines]) => lines > 500);
    expect(long).toEqual([]);
  });
});
