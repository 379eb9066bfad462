import { describe, expect, test } from "vitest";
import { HoverRequest } from "vscode-languageserver-protocol";
import { SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { EDITS_ONLY, NONE } from "../support/lsp/capabilities.ts";
import { ALPINE, FRESH, PROXY, session, titlesOf, updatedByCli } from "./harness.ts";

// Whatever the server sends that such a client never announced fails these tests at their end.

describe("a client with no optional capabilities but edits does the whole job", () => {
  const files = { "a.nix": ALPINE, "sub/b.nix": PROXY, "c.nix": FRESH };

  test("lens, hover, diagnostics and action on one pin", async () => {
    const place = await session(files, { capabilities: EDITS_ONLY });
    const uri = await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
    await place.untilCodes("a.nix", "stale-digest");
    const position = place.at("a.nix", "imageDigest");
    const hover = await place.connection.sendRequest(HoverRequest.type, { textDocument: { uri }, position });
    expect(hover?.contents).toMatchObject({ kind: "plaintext" });
    expect(titlesOf(await place.actions("a.nix", place.rangeOf("a.nix", "imageDigest")))).toContain(
      "Update digest and hash",
    );
    await place.click(lens);
    expect(place.text("a.nix")).toBe((await updatedByCli(files, place.registry))["a.nix"]);
    await place.untilTitles("a.nix", "Up to date");
    await place.untilCodes("a.nix");
  });

  test("all pins at once, in open and closed files", async () => {
    const place = await session(files, { capabilities: EDITS_ONLY });
    await place.open("a.nix");
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    const updated = await updatedByCli(files, place.registry);
    for (const name of Object.keys(files)) expect(place.text(name), name).toBe(updated[name]);
    expect(place.edits).toHaveLength(1);
    expect(place.sent("$/progress")).toEqual([]);
  });

  test("what is typed meanwhile is safe, although such a client does not know versions", async () => {
    let isTyped = false;
    const place = await session(
      { "a.nix": ALPINE },
      {
        capabilities: EDITS_ONLY,
        settings: { check: { onOpen: false } },
        onBlob: () => {
          if (!isTyped) void place.replace("a.nix", "# The smallest case", "# Typed\n# meanwhile");
          isTyped = true;
        },
      },
    );
    await place.open("a.nix");
    const [pin] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.updatePin, pin?.argument);
    const typed = ALPINE.replace("# The smallest case", "# Typed\n# meanwhile");
    expect(place.text("a.nix")).toBe((await updatedByCli({ "a.nix": typed }, place.registry))["a.nix"]);
  });
});

describe("a client that can't even take edits", () => {
  test("is told so, and still sees what is stale", async () => {
    const place = await session({ "a.nix": ALPINE }, { capabilities: NONE });
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
    await place.untilCodes("a.nix", "stale-digest");
    await expect(place.click(lens)).rejects.toThrow(/edit/);
    expect(place.text("a.nix")).toBe(ALPINE);
  });

  test("without a folder it serves the documents that are open", async () => {
    const place = await session(
      { "a.nix": ALPINE, "b.nix": PROXY },
      { capabilities: EDITS_ONLY, client: { folders: null } },
    );
    await place.open("a.nix");
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    expect(place.text("a.nix")).not.toBe(ALPINE);
    expect(place.text("b.nix")).toBe(PROXY);
  });
});
