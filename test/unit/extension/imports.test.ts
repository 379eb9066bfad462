import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { read, root } from "./manifest.ts";

function importsOf(
  folder: string,
): { readonly file: string; readonly specifier: string; readonly typeOnly: boolean }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) =>
      [...read(join(folder, name)).matchAll(/^(import type|import|\} from|export .* from)\b[^"]*"([^"]+)"/gm)].map(
        ([, start, specifier]) => ({
          file: `${folder}/${name}`,
          specifier: specifier!,
          typeOnly: start === "import type",
        }),
      ),
    );
}

test("only the extension's side knows VS Code", () => {
  expect(importsOf("server/src").filter(({ specifier }) => /^vscode(-languageclient.*)?$/.test(specifier))).toEqual([]);
  expect(importsOf("client/src").some(({ specifier }) => specifier === "vscode")).toBe(true);
});

test("the extension's side takes from the server's the messages between them, and how a reference is written", () => {
  const taken = importsOf("client/src").filter(({ specifier, typeOnly }) => /server\/src/.test(specifier) && !typeOnly);
  expect(new Set(taken.map(({ specifier }) => specifier))).toEqual(
    new Set(["../../server/src/lsp/protocol.ts", "../../server/src/oci/reference.ts"]),
  );
});
