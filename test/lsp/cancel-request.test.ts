import { describe, expect, test } from "vitest";
import {
  type CodeAction,
  CodeActionResolveRequest,
  ExecuteCommandRequest,
  HoverRequest,
  LSPErrorCodes,
} from "vscode-languageserver-protocol";
import { CancellationTokenSource } from "vscode-languageserver-protocol/node";
import { NEW_PIN_REQUEST, SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { until } from "../cli/harness.ts";
import { ALPINE, type Session, session } from "./harness.ts";

const OFFLINE = { check: { onOpen: false } };

/** A registry that stops in the middle of what is asked of it in this way. */
function stalling(path: RegExp) {
  return { faults: [{ method: "GET", path, fault: { do: "stall", afterBytes: 10 } } as const] };
}

/** Cancels a request once the registry has heard of it: the client is told, and the registry's connection closes. */
async function cancel(
  place: Session,
  send: (token: CancellationTokenSource["token"]) => Promise<unknown>,
): Promise<void> {
  const source = new CancellationTokenSource();
  const answer = send(source.token).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  await until(() => place.registry.openRequests() > 0);
  source.cancel();
  expect(await answer).toMatchObject({ error: { code: LSPErrorCodes.RequestCancelled } });
  await until(() => place.registry.openRequests() === 0);
}

describe("a cancelled request stops what it started", () => {
  test("textDocument/hover", async () => {
    const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE, registry: stalling(/manifests/) });
    const uri = await place.open("a.nix");
    const params = { textDocument: { uri }, position: place.at("a.nix", "imageDigest") };
    await cancel(place, (token) => place.connection.sendRequest(HoverRequest.type, params, token));
    expect(await place.titles("a.nix")).toEqual(["Update digest and hash"]);
  });

  test("codeAction/resolve", async () => {
    const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE, registry: stalling(/blobs/) });
    await place.open("a.nix");
    const actions = (await place.actions("a.nix", place.rangeOf("a.nix", "imageDigest"))) as CodeAction[];
    const update = actions.find(({ title }) => title === "Update digest and hash")!;
    await cancel(place, (token) => place.connection.sendRequest(CodeActionResolveRequest.type, update, token));
    expect(await place.titles("a.nix")).toEqual([expect.stringContaining("pdate digest and hash")]);
  });

  test.each(["updatePin", "verifyPin"] as const)("workspace/executeCommand of %s", async (command) => {
    const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE, registry: stalling(/blobs/) });
    await place.open("a.nix");
    const [pin] = await place.pins("a.nix");
    const params = { command: SERVER_COMMANDS[command], arguments: [pin!.argument as never] };
    await cancel(place, (token) => place.connection.sendRequest(ExecuteCommandRequest.type, params, token));
    expect(place.text("a.nix")).toBe(ALPINE);
  });

  test(NEW_PIN_REQUEST, async () => {
    const place = await session({}, { registry: stalling(/blobs/) });
    await cancel(place, (token) =>
      place.connection.sendRequest(NEW_PIN_REQUEST, { image: "alpine:3.20", platform: null }, token),
    );
  });
});

test("a cancelled request is no failure: nothing is logged as one, nothing is shown", async () => {
  const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE, registry: stalling(/manifests/) });
  const uri = await place.open("a.nix");
  const params = { textDocument: { uri }, position: place.at("a.nix", "imageDigest") };
  await cancel(place, (token) => place.connection.sendRequest(HoverRequest.type, params, token));
  const severe = place.sent<{ type: number }>("window/logMessage").filter(({ type }) => type <= 2);
  expect(severe).toEqual([]);
  expect(place.sent("window/showMessage")).toEqual([]);
  expect(place.status()?.failed ?? 0).toBe(0);
});
