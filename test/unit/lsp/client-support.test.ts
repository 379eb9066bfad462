import { describe, expect, test } from "vitest";
import type { ClientCapabilities, InitializeParams } from "vscode-languageserver";
import { readClientSupport, readInitializationOptions } from "../../../server/src/lsp/client-support.ts";
import { CLIENT_COMMANDS } from "../../../server/src/lsp/protocol.ts";
import { FULL, NONE } from "../../support/lsp/capabilities.ts";

function supportOf(capabilities: ClientCapabilities, initializationOptions?: unknown) {
  return readClientSupport({ capabilities, initializationOptions } as unknown as InitializeParams);
}

describe("what a client can do", () => {
  test("nothing, unless it says so", () => {
    const { commands, ...rest } = supportOf(NONE);
    expect(Object.entries(rest).filter(([, can]) => can)).toEqual([]);
    expect([...commands]).toEqual([]);
  });

  test("all of it", () => {
    const { commands, ...rest } = supportOf(FULL, { clientCommands: Object.values(CLIENT_COMMANDS) });
    expect(Object.entries(rest).filter(([, can]) => !can)).toEqual([]);
    expect([...commands]).toEqual(Object.values(CLIENT_COMMANDS));
  });

  test("diagnostics are pushed to a client that pulls them but can't be told to do so again", () => {
    expect(supportOf({ textDocument: { diagnostic: {} } }).pullDiagnostics).toBe(false);
  });

  test("annotations need the edits that carry them", () => {
    const changeAnnotationSupport = {};
    expect(supportOf({ workspace: { workspaceEdit: { changeAnnotationSupport } } }).changeAnnotations).toBe(false);
  });

  test("commands that the server does not know are not used", () => {
    expect([...supportOf(NONE, { clientCommands: ["dockpin.copy", "rm -rf", 3] }).commands]).toEqual(["dockpin.copy"]);
  });
});

describe("initialization options are taken as far as they are what they should be", () => {
  test.each([
    [undefined, {}],
    ["trusted", {}],
    [{ trusted: "no", clientCommands: "all", l10nBundle: 1 }, {}],
    [{ network: "direct" }, { network: {} }],
    [{ network: { proxy: 1, noProxy: "all", proxyStrictSSL: "no", proxyAuthorization: null } }, { network: {} }],
    [
      {
        network: {
          proxy: "http://p:3128",
          noProxy: ["a.org", 1],
          proxyStrictSSL: false,
          proxyAuthorization: "Basic x",
        },
      },
      { network: { proxy: "http://p:3128", noProxy: ["a.org"], proxyStrictSSL: false, proxyAuthorization: "Basic x" } },
    ],
    [
      { trusted: false, settings: { a: 1 } },
      { trusted: false, settings: { a: 1 } },
    ],
  ])("%j", (options, expected) => {
    expect(readInitializationOptions(options)).toEqual(expected);
  });
});
