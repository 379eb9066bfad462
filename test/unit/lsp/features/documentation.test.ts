import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DiagnosticSeverity } from "vscode-languageserver-types";
import { DIAGNOSTIC_CODES } from "../../../../server/src/lsp/diagnostic-codes.ts";
import { SEVERITIES } from "../../../../server/src/lsp/features/diagnostics.ts";
import { explanationPage, LENS_PAGES } from "../../../../server/src/lsp/features/documentation.ts";
import { readSettings } from "../../../../server/src/lsp/settings-reading.ts";

const REPOSITORY = join(import.meta.dirname, "..", "..", "..", "..");
const FOLDER = join(REPOSITORY, "docs", "diagnostics");
const ADDRESS = "https://github.com/dockpin/dockpin/blob/main/";
const WORDS = {
  [DiagnosticSeverity.Error]: "error",
  [DiagnosticSeverity.Warning]: "warning",
  [DiagnosticSeverity.Information]: "information",
  [DiagnosticSeverity.Hint]: "hint",
};

const page = (name: string) => readFileSync(join(FOLDER, `${name}.md`), "utf8");

describe("docs/diagnostics", () => {
  test("has a page per code and lens, and no other", () => {
    const pages = [...DIAGNOSTIC_CODES, ...LENS_PAGES, "README"].map((name) => `${name}.md`);
    expect(readdirSync(FOLDER).toSorted()).toEqual(pages.toSorted());
  });

  test.each(DIAGNOSTIC_CODES)("%s: its page says its severity and whether it is on", (code) => {
    const isOn = readSettings({}).settings.diagnostics[code];
    const [title, , , , row] = page(code).split("\n");
    expect(title).toBe(`# \`${code}\``);
    expect(row).toMatch(new RegExp(`^\\| ${WORDS[SEVERITIES[code]]} \\| ${isOn ? "yes" : "no"} \\| .+ \\|$`));
    expect(page(code)).toContain(`"dockpin.diagnostics.${code}": false`);
  });

  test("the list names each with its page", () => {
    const linked = [...page("README").matchAll(/^\| \[`([a-z-]+)`\]\(([a-z-]+)\.md\) \|/gm)];
    expect(linked.map(([, code]) => code)).toEqual([...DIAGNOSTIC_CODES]);
    expect(linked.map(([, , target]) => target)).toEqual([...DIAGNOSTIC_CODES]);
  });

  test.each(readdirSync(FOLDER))("the links of %s lead somewhere", (name) => {
    const links = [...readFileSync(join(FOLDER, name), "utf8").matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!);
    expect(links.filter((target) => !existsSync(join(FOLDER, target)))).toEqual([]);
  });
});

test.each<[code: string | null, path: string]>([
  ["stale-digest", "docs/diagnostics/stale-digest.md"],
  ["cannot-update", "docs/diagnostics/cannot-update.md"],
  ["registry-timeout", "docs/errors.md"],
  ["../../../etc/passwd", "docs/diagnostics/README.md"],
  [null, "docs/diagnostics/README.md"],
])("%s is explained by %s", (code, path) => {
  expect(explanationPage(code)).toBe(`${ADDRESS}${path}`);
  expect(existsSync(join(REPOSITORY, path))).toBe(true);
});
