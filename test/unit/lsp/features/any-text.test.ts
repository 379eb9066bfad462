import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { codeActions } from "../../../../server/src/lsp/features/code-action.ts";
import { codeLenses, lensTitle } from "../../../../server/src/lsp/features/code-lens.ts";
import { diagnostics } from "../../../../server/src/lsp/features/diagnostics.ts";
import { documentLinks } from "../../../../server/src/lsp/features/document-link.ts";
import { documentSymbols } from "../../../../server/src/lsp/features/document-symbol.ts";
import { hover } from "../../../../server/src/lsp/features/hover.ts";
import { inlayHints } from "../../../../server/src/lsp/features/inlay-hint.ts";
import { type OfflineFix, offlineEdits } from "../../../../server/src/lsp/features/offline-edits.ts";
import { placesIn } from "../../../../server/src/lsp/features/pin-places.ts";
import { mutationOf } from "../../../support/mutated-text.ts";
import { both, edited, facts, NEW, NOW, SETTINGS, STALE, URI, viewsOf, wrongHash } from "./harness.ts";

const FIXTURES = join(import.meta.dirname, "..", "..", "..", "fixtures", "nix");
const FILES = readdirSync(FIXTURES).filter((name) => name.endsWith(".nix"));
const FIXES: readonly OfflineFix[] = [
  ...(["ignore", "convert-to-sri", "add-arch", "write-computed-hash"] as const),
  ...(["mend-name", "mend-platform", "move-override"] as const),
];
const KNOWN = both(STALE, wrongHash(NEW), { facts: facts({ kind: "index" }), newFacts: facts({ digest: NEW }) });

describe.each(FILES)("%s", (name) => {
  const text = readFileSync(join(FIXTURES, name), "utf8");
  const views = viewsOf(text, KNOWN);
  const document = TextDocument.create(URI, "nix", 1, text);
  const whole = { start: document.positionAt(0), end: document.positionAt(text.length) };

  test("every feature has its say of every pin, on texts of one line where the protocol wants that", () => {
    expect(codeLenses(document, views)).toHaveLength(placesIn(document, views).length);
    expect(documentSymbols(document, views)).toHaveLength(views.length);
    for (const { range } of codeLenses(document, views)) expect(range.start.line).toBe(range.end.line);
    for (const view of views) expect(lensTitle(view, true)).toMatch(/^\S.*\S$/);
    expect(documentSymbols(document, views).every(({ name: shown }) => shown !== "")).toBe(true);
    for (const { range } of documentLinks(document, views)) expect(document.getText(range)).toMatch(/^[\w./:-]+$/);
    for (const { message } of diagnostics(document, views, SETTINGS, [])) expect(message).toMatch(/^\S.*\.$/);
    for (const { label } of inlayHints(document, views, whole, NOW)) expect(label).toMatch(/^\S+ moved 4 days ago$/);
    const context = { diagnostics: diagnostics(document, views, SETTINGS, []) };
    const options = { online: true, resolvesEdit: true, showsDisabled: true };
    for (const { title } of codeActions({ document, views, textOf: () => text }, whole, context, options))
      expect(title).not.toBe("");
  });

  test("wherever the cursor is, a hover is around it", () => {
    const options = { now: NOW, online: true, markdown: true, copyCommand: "dockpin.copy", canSignIn: true };
    for (let offset = 0; offset <= text.length; offset += 7) {
      const range = hover(document, views, document.positionAt(offset), options)?.range;
      if (range === undefined) continue;
      expect(document.offsetAt(range.start)).toBeLessThanOrEqual(offset);
      expect(document.offsetAt(range.end)).toBeGreaterThanOrEqual(offset);
    }
  });

  test.each(FIXES)("%s leaves as many pins, and nothing to fix the second time", (fix) => {
    views.forEach((view, index) => {
      const edits = offlineEdits(fix, () => text, view, views);
      if (edits.length === 0) return;
      const after = edited(text, edits);
      const viewsAfter = viewsOf(after, fix === "write-computed-hash" ? {} : KNOWN);
      expect(viewsAfter).toHaveLength(views.length);
      if (fix === "ignore")
        expect(viewsAfter.map(({ pin }) => pin.ignored)).toEqual(
          views.map(({ pin }, at) => pin.ignored || at === index),
        );
      else expect(offlineEdits(fix, () => after, viewsAfter[index]!, viewsAfter)).toEqual([]);
    });
  });
});

test("broken code breaks no feature, and every edit fits the text", () => {
  const texts = FILES.map((name) => readFileSync(join(FIXTURES, name), "utf8"));
  fc.assert(
    fc.property(mutationOf(texts), (text) => {
      const views = viewsOf(text, KNOWN);
      const document = TextDocument.create(URI, "nix", 1, text);
      const whole = { start: document.positionAt(0), end: document.positionAt(text.length) };
      const context = { diagnostics: diagnostics(document, views, SETTINGS, []) };
      const options = { online: true, resolvesEdit: true, showsDisabled: true };
      codeActions({ document, views, textOf: () => text }, whole, context, options);
      documentLinks(document, views);
      inlayHints(document, views, whole, NOW);
      expect(codeLenses(document, views).length).toBeGreaterThanOrEqual(documentSymbols(document, views).length);
      for (const view of views) {
        expect(lensTitle(view, true)).not.toBe("");
        for (const fix of FIXES)
          expect(() =>
            edited(
              text,
              offlineEdits(fix, () => text, view, views),
            ),
          ).not.toThrow();
      }
    }),
    { numRuns: 300 },
  );
});
