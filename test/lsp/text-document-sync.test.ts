import { describe, expect, test } from "vitest";
import {
  FileChangeType,
  type TextDocumentContentChangeEvent,
  type WorkspaceFoldersChangeEvent,
} from "vscode-languageserver-protocol";
import { SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { ALPINE, FRESH, FROZEN, PROXY, session, titleOf, updatedByCli } from "./harness.ts";

const OFFLINE = { settings: { check: { onOpen: false } } };

describe("the server's text is the client's", () => {
  test("lines that are added above a pin move its lens", async () => {
    const place = await session({ "a.nix": ALPINE }, OFFLINE);
    await place.open("a.nix");
    const line = place.at("a.nix", "pkgs.dockerTools").line;
    expect((await place.lenses("a.nix")).map(({ range }) => range.start.line)).toEqual([line]);
    await place.change("a.nix", [{ range: at(0, 0), text: "# one\n# two\n" }]);
    expect((await place.lenses("a.nix")).map(({ range }) => range.start.line)).toEqual([line + 2]);
  });

  test.each<[title: string, changes: readonly TextDocumentContentChangeEvent[]]>([
    [
      "several changes in one message, each in the text that the one before left",
      [
        { range: at(0, 0), text: "# one\n" },
        { range: at(1, 0), text: "# two\n" },
        { range: { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } }, text: "" },
      ],
    ],
    [
      "a change after characters outside the basic plane",
      [
        { range: at(0, 0), text: "# 🐋🐋\n" },
        { range: at(0, 6), text: " ä" },
        { range: at(0, 4), text: "🦀" },
      ],
    ],
    ["Windows line endings", [{ range: at(0, 0), text: "# one\r\n\r\n# two\r\n" }]],
    ["the whole text anew", [{ text: `\n\n${ALPINE}` }]],
  ])("%s", async (_, changes) => {
    const place = await session({ "a.nix": ALPINE }, OFFLINE);
    await place.open("a.nix");
    await place.change("a.nix", changes);
    await place.replace("a.nix", 'imageDigest = "sha256:de7e', 'imageDigest = "sha256:XX');
    const [diagnostic, ...others] = await place.untilCodes("a.nix", "malformed-digest");
    expect(others).toEqual([]);
    const { start, end } = diagnostic!.range;
    expect(start.line).toBe(place.at("a.nix", "imageDigest").line);
    expect(end.line).toBe(start.line);
    const [lens] = await place.lenses("a.nix");
    expect(lens?.range.start.line).toBe(place.at("a.nix", "pkgs.dockerTools").line);
  });

  test("a pin that is typed gets a lens, and one that is deleted loses it", async () => {
    const place = await session({ "a.nix": "{ }\n" }, OFFLINE);
    await place.open("a.nix");
    expect(await place.titles("a.nix")).toEqual([]);
    await place.replace("a.nix", "{ }", '{ imageName = "alpine"; imageDigest = ""; }');
    expect(await place.titles("a.nix")).toEqual(["Add digest and hash"]);
    await place.change("a.nix", [{ text: "{ }\n" }]);
    expect(await place.titles("a.nix")).toEqual([]);
    expect(await place.diagnostics("a.nix")).toEqual([]);
  });

  test("half-typed code around a pin does not take its lens", async () => {
    const place = await session({ "a.nix": PROXY }, OFFLINE);
    await place.open("a.nix");
    const titles = await place.titles("a.nix");
    expect(titles).toHaveLength(2);
    await place.replace("a.nix", "[\n", "[\n  { imageNa\n");
    expect(await place.titles("a.nix")).toHaveLength(2);
  });

  test("what is typed letter by letter is read as if it had been there from the start", async () => {
    const place = await session({ "a.nix": "", "b.nix": PROXY }, OFFLINE);
    await place.open("a.nix", "");
    await place.open("b.nix");
    for (const [line, text] of PROXY.split("\n").entries()) {
      for (const [character, unit] of [...text].entries())
        await place.change("a.nix", [{ range: at(line, character), text: unit }]);
      await place.change("a.nix", [{ range: at(line, text.length), text: "\n" }]);
    }
    const shown = async (name: string) => (await place.lenses(name)).map((lens) => [lens.range, titleOf(lens)]);
    expect(await shown("a.nix")).toEqual(await shown("b.nix"));
  });
});

describe("the workspace changes", () => {
  test("a file that is not open is read again once the client says that it changed", async () => {
    const place = await session({ "a.nix": FROZEN });
    expect((await place.pins()).map(({ status }) => status)).toEqual(["Updates off"]);
    place.write("a.nix", ALPINE);
    const changes = [{ uri: place.uri("a.nix"), type: FileChangeType.Changed }];
    await place.connection.sendNotification("workspace/didChangeWatchedFiles", { changes });
    expect((await place.pins()).map(({ status }) => status)).toEqual(["Update digest and hash"]);
  });

  test("a folder that is added counts, and one that is removed does not", async () => {
    const place = await session({ "one/a.nix": ALPINE, "two/b.nix": FROZEN }, { client: { folders: [] } });
    const change = (event: WorkspaceFoldersChangeEvent) =>
      place.connection.sendNotification("workspace/didChangeWorkspaceFolders", { event });
    const folder = (name: string) => ({ uri: place.uri(name), name });
    const uris = async () => (await place.pins()).map(({ uri }) => uri);
    expect(await uris()).toEqual([]);
    await change({ added: [folder("one")], removed: [] });
    expect(await uris()).toEqual([place.uri("one/a.nix")]);
    await change({ added: [folder("two")], removed: [folder("one")] });
    expect(await uris()).toEqual([place.uri("two/b.nix")]);
  });
});

describe("documents come and go", () => {
  test("what is open counts, not what is on the disk", async () => {
    const place = await session({ "a.nix": FROZEN }, OFFLINE);
    await place.open("a.nix", FRESH);
    expect(await place.titles("a.nix")).toEqual(["Update digest and hash"]);
  });

  test("a document may be opened again, with another text", async () => {
    const place = await session({ "a.nix": FROZEN }, OFFLINE);
    await place.open("a.nix");
    await place.close("a.nix");
    await place.open("a.nix", PROXY);
    expect(await place.titles("a.nix")).toHaveLength(2);
  });

  test("an unsaved document without a file is served as well", async () => {
    const place = await session({});
    const { uri, version } = place.documents.set("untitled:Untitled-1", ALPINE);
    const textDocument = { uri, languageId: "nix", version, text: ALPINE };
    await place.connection.sendNotification("textDocument/didOpen", { textDocument });
    expect(await place.connection.sendRequest("textDocument/codeLens", { textDocument: { uri } })).toHaveLength(1);
    await place.execute(SERVER_COMMANDS.updateFile, uri);
    const updated = (await updatedByCli({ "a.nix": ALPINE }, place.registry))["a.nix"];
    expect(place.documents.text(uri)).toBe(updated);
  });

  test("a document of another language, or one that was never opened, has nothing", async () => {
    const place = await session({ "a.nix": ALPINE }, OFFLINE);
    expect(await place.titles("a.nix")).toEqual([]);
  });
});

function at(line: number, character: number) {
  return { start: { line, character }, end: { line, character } };
}
