import assert from "node:assert/strict";
import {
  type CodeAction,
  CodeActionKind,
  type DocumentLink,
  type DocumentSymbol,
  type Hover,
  type InlayHint,
  languages,
  type MarkdownString,
  type Position,
  Range,
  type TextDocument,
} from "vscode";
import { ask, type Check, eventually, lenses, open } from "./check.ts";

export const reading: readonly Check[] = [
  [
    "each pin has one lens, which comes to tell that the tag moved",
    async () => {
      const document = await open("cluster/airgap-images.nix");
      const titles = await eventually(async () => {
        const found = (await lenses(document)).map(({ command }) => command?.title);
        return found.every((title) => title?.startsWith("v3.5 moved")) && found.length > 0 ? found : undefined;
      });
      assert.equal(titles.length, 2);
    },
  ],
  [
    "a stale digest is an information, and goes with its setting",
    async () => {
      const document = await open("alpine.nix");
      const diagnostic = await eventually(() => languages.getDiagnostics(document.uri)[0]);
      const code = typeof diagnostic.code === "object" ? diagnostic.code.value : diagnostic.code;
      assert.equal(code, "stale-digest");
      assert.equal(document.getText(diagnostic.range).includes("sha256:de7e26"), true);
    },
  ],
  [
    "a hover names the image",
    async () => {
      const document = await open("alpine.nix");
      const hovers = await ask<Hover[]>("vscode.executeHoverProvider", document, wordAt(document, "imageDigest"));
      const text = hovers
        .flatMap(({ contents }) => contents.map((content) => (content as MarkdownString).value))
        .join("\n");
      assert.match(text, /alpine/);
      assert.match(text, /de7e26084baf/);
    },
  ],
  [
    "a quick fix updates digest and hash",
    async () => {
      const document = await open("alpine.nix");
      const range = new Range(wordAt(document, "sha256:"), wordAt(document, "sha256:").translate(0, 3));
      const actions = await eventually(async () => {
        const found = await ask<CodeAction[]>("vscode.executeCodeActionProvider", document, range);
        return found.length > 0 ? found : undefined;
      });
      const fix = actions.find(({ kind }) => kind !== undefined && CodeActionKind.QuickFix.contains(kind));
      assert.equal(fix?.title, "Update digest and hash");
    },
  ],
  [
    "the image name links to its page, and the outline has the pin",
    async () => {
      const document = await open("alpine.nix");
      const links = await ask<DocumentLink[]>("vscode.executeLinkProvider", document);
      assert.deepEqual(
        links.map(({ target }) => target?.authority),
        ["hub.docker.com"],
      );
      const symbols = await ask<DocumentSymbol[]>("vscode.executeDocumentSymbolProvider", document);
      assert.equal(symbols.length, 1);
    },
  ],
  [
    "an inlay hint tells what the tag is doing",
    async () => {
      const document = await open("alpine.nix");
      const whole = new Range(0, 0, document.lineCount, 0);
      const hint = await eventually(async () => {
        const [first] = await ask<InlayHint[]>("vscode.executeInlayHintProvider", document, whole);
        return first;
      });
      assert.match(String(hint.label), /3\.20/);
    },
  ],
];

function wordAt(document: TextDocument, word: string): Position {
  const offset = document.getText().indexOf(word);
  assert(offset >= 0, `${word} is not in ${document.uri}`);
  return document.positionAt(offset + 1);
}
