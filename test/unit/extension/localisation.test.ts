import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundleOfTexts } from "../../../scripts/l10n.mjs";
import { read, root } from "./manifest.ts";

test("l10n/bundle.l10n.json is what `npm run l10n` writes", async () => {
  expect(read("l10n/bundle.l10n.json")).toBe(await bundleOfTexts());
});

test("texts are literals, so that they can be collected", () => {
  const calls = ["client/src", "server/src"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .flatMap((name) =>
        [...read(join(folder, name)).matchAll(/\bl10n\.t\(\s*(.)/g)].map(([, first]) => [name, first]),
      ),
  );
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.filter(([, first]) => first !== '"' && first !== "'")).toEqual([]);
});
