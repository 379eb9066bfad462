import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../../../server/src/base/error-codes.ts";

const root = resolve(import.meta.dirname, "..", "..", "..");

test("docs/errors.md explains every code, and no other", () => {
  const page = readFileSync(join(root, "docs", "errors.md"), "utf8");
  const explained = [...page.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((match) => match[1]);
  expect(explained.toSorted()).toEqual([...ERROR_CODES].toSorted());
});

test("every code is used", () => {
  const source = readdirSync(join(root, "server", "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith("error-codes.ts"))
    .map((name) => readFileSync(join(root, "server", "src", name), "utf8"))
    .join("\n");
  expect(ERROR_CODES.filter((code) => !source.includes(`"${code}"`))).toEqual([]);
});
