import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { FULL, NONE } from "../support/lsp/capabilities.ts";
import { COMMANDS } from "../support/lsp/server-process.ts";
import { ALPINE, FROZEN, STALLED_LAYERS, session } from "./harness.ts";

describe("what the server says that it can do", () => {
  test("to a client with all capabilities", async () => {
    const { initializeResult } = await session({}, { capabilities: FULL });
    expect(initializeResult.serverInfo).toEqual({ name: "dockpin", version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    expect(initializeResult.capabilities).toMatchInlineSnapshot(`
      {
        "codeActionProvider": {
          "codeActionKinds": [
            "quickfix",
            "refactor.rewrite",
            "source.fixAll.dockpin",
          ],
          "resolveProvider": true,
        },
        "codeLensProvider": {
          "resolveProvider": true,
        },
        "diagnosticProvider": {
          "identifier": "dockpin",
          "interFileDependencies": false,
          "workspaceDiagnostics": false,
        },
        "documentLinkProvider": {
          "resolveProvider": false,
        },
        "documentSymbolProvider": true,
        "executeCommandProvider": {
          "commands": [
            "dockpin.pin.update",
            "dockpin.pin.check",
            "dockpin.pin.verify",
            "dockpin.pin.cancel",
            "dockpin.file.update",
            "dockpin.workspace.update",
            "dockpin.workspace.preview",
            "dockpin.workspace.check",
            "dockpin.cache.clear",
            "dockpin.explain",
          ],
        },
        "hoverProvider": true,
        "inlayHintProvider": {
          "resolveProvider": false,
        },
        "textDocumentSync": {
          "change": 2,
          "openClose": true,
        },
        "workspace": {
          "workspaceFolders": {
            "changeNotifications": true,
            "supported": true,
          },
        },
      }
    `);
  });

  test("to a client with none: nothing that such a client could not use", async () => {
    const { initializeResult } = await session({}, { capabilities: NONE });
    expect(initializeResult.capabilities).toMatchInlineSnapshot(`
      {
        "codeActionProvider": true,
        "codeLensProvider": {
          "resolveProvider": true,
        },
        "documentLinkProvider": {
          "resolveProvider": false,
        },
        "documentSymbolProvider": true,
        "executeCommandProvider": {
          "commands": [
            "dockpin.pin.update",
            "dockpin.pin.check",
            "dockpin.pin.verify",
            "dockpin.pin.cancel",
            "dockpin.file.update",
            "dockpin.workspace.update",
            "dockpin.workspace.preview",
            "dockpin.workspace.check",
            "dockpin.cache.clear",
            "dockpin.explain",
          ],
        },
        "hoverProvider": true,
        "inlayHintProvider": {
          "resolveProvider": false,
        },
        "textDocumentSync": {
          "change": 2,
          "openClose": true,
        },
      }
    `);
  });

  test("every command that it executes", async () => {
    const { initializeResult } = await session({});
    expect(initializeResult.capabilities.executeCommandProvider?.commands.toSorted()).toEqual(
      Object.values(SERVER_COMMANDS).toSorted(),
    );
  });

  test("offsets in UTF-16, also to a client that would rather count bytes", async () => {
    const capabilities = { ...FULL, general: { positionEncodings: ["utf-8", "utf-16"] } };
    const { initializeResult } = await session({}, { capabilities });
    expect(initializeResult.capabilities.positionEncoding ?? "utf-16").toBe("utf-16");
  });
});

test("it speaks the user's language, as far as the client brings the words", async () => {
  const files = { "a.nix": FROZEN, "bundle.l10n.de.json": JSON.stringify({ "Updates off": "Bleibt, wie es ist" }) };
  const place = await session(files, {
    initialization: (uri) => ({ l10nBundle: uri("bundle.l10n.de.json") }),
  });
  await place.open("a.nix");
  expect(await place.titles("a.nix")).toEqual(["Bleibt, wie es ist"]);
});

describe("the life of the process", () => {
  test.each(Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])(
    "%s serves, and ends with 0 when asked",
    async (command) => {
      const place = await session({ "alpine.nix": ALPINE }, { client: { command } });
      await place.open("alpine.nix");
      await place.untilTitles("alpine.nix", "3.20 moved: update digest and hash");
      await place.end();
      expect(await place.process.exit).toBe(0);
    },
  );

  test("it ends with 1 when told to exit without a shutdown", async () => {
    const { connection, process } = await session({});
    await connection.sendNotification("exit");
    expect(await process.exit).toBe(1);
    expect(process.noise()).toEqual([]);
  });

  test("it ends when its input closes, since nobody can ask it anything any more", async () => {
    const { process } = await session({});
    process.child.stdin.end();
    await process.exit;
    expect(process.noise()).toEqual([]);
  });

  test("it ends in the middle of a download", async () => {
    const place = await session({ "alpine.nix": ALPINE }, { registry: STALLED_LAYERS });
    await place.open("alpine.nix");
    const [lens] = await place.untilTitles("alpine.nix", /moved/);
    const clicked = place.click(lens).catch(() => null);
    await place.untilTitles("alpine.nix", /^Prefetching/);
    await place.end();
    await clicked;
    expect(await place.process.exit).toBe(0);
  });

  test("it ends when the editor that started it has died without a word", async () => {
    const editor = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1e6)"]);
    await once(editor, "spawn");
    const { process: server } = await session({}, { client: { parentProcess: editor.pid ?? 0 } });
    editor.kill("SIGKILL");
    await server.exit;
    expect(server.noise()).toEqual([]);
  });
});
