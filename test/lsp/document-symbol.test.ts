import { expect, test } from "vitest";
import { type DocumentSymbol, DocumentSymbolRequest, type SymbolInformation } from "vscode-languageserver-protocol";
import { NONE } from "../support/lsp/capabilities.ts";
import { CONTAINERS, session } from "./harness.ts";

test("one symbol per pin, named after its image", async () => {
  const place = await session({ "a.nix": CONTAINERS }, { settings: { check: { onOpen: false } } });
  const uri = await place.open("a.nix");
  const params = { textDocument: { uri } };
  const symbols = (await place.connection.sendRequest(DocumentSymbolRequest.type, params)) as DocumentSymbol[];
  expect(symbols.map(({ name }) => name)).toEqual([
    expect.stringContaining("ghcr.io/example/notes"),
    expect.stringContaining("redis"),
  ]);
  for (const { range, selectionRange } of symbols) {
    expect(range.start.line).toBeLessThanOrEqual(selectionRange.start.line);
    expect(range.end.line).toBeGreaterThanOrEqual(selectionRange.end.line);
  }
});

test("a client that knows only flat symbols gets those", async () => {
  const place = await session({ "a.nix": CONTAINERS }, { capabilities: NONE });
  const uri = await place.open("a.nix");
  const params = { textDocument: { uri } };
  const symbols = (await place.connection.sendRequest(DocumentSymbolRequest.type, params)) as SymbolInformation[];
  expect(symbols.map(({ location }) => location.uri)).toEqual([uri, uri]);
});
