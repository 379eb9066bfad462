import { describe, expect, test } from "vitest";
import { SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { until } from "../cli/harness.ts";
import { ALPINE, CONTAINERS, FRESH, PROXY, STALE_HASH, STALLED_LAYERS, session, updatedByCli } from "./harness.ts";

const OFFLINE = { check: { onOpen: false } };

describe("on one pin", () => {
  test("update writes both values, whether it was checked before or not", async () => {
    const place = await session({ "a.nix": PROXY }, { settings: OFFLINE });
    await place.open("a.nix");
    const [, second] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.updatePin, second?.argument);
    const updated = (await updatedByCli({ "a.nix": PROXY }, place.registry))["a.nix"]!;
    const middle = PROXY.indexOf("  {", PROXY.indexOf("  {") + 1);
    expect(place.text("a.nix")).toBe(PROXY.slice(0, middle) + updated.slice(middle));
    await place.untilTitles("a.nix", "Update digest and hash", "Up to date");
  });

  test("update of a fresh pin changes nothing", async () => {
    const place = await session({ "a.nix": FRESH }, { settings: OFFLINE });
    await place.open("a.nix");
    const [pin] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.updatePin, pin?.argument);
    await place.untilTitles("a.nix", "Up to date");
    expect(place.edits).toEqual([]);
  });

  test("check asks the registry and edits nothing", async () => {
    const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE });
    await place.open("a.nix");
    const [pin] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.checkPin, pin?.argument);
    await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
    expect(place.edits).toEqual([]);
    expect(place.registry.requests.filter(({ path }) => path.includes("/blobs/"))).toHaveLength(1);
  });

  test("verify finds a right hash right", async () => {
    const place = await session({ "a.nix": FRESH }, { settings: OFFLINE });
    await place.open("a.nix");
    const [pin] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.verifyPin, pin?.argument);
    expect(await place.diagnostics("a.nix")).toEqual([]);
    await place.execute(SERVER_COMMANDS.checkPin, pin?.argument);
    await place.untilTitles("a.nix", "Up to date, hash verified");
  });

  test("verify finds a wrong hash wrong, and writes nothing", async () => {
    const wrong = FRESH.replace(/hash = "[^"]*"/, `hash = "${STALE_HASH}"`);
    const place = await session({ "a.nix": wrong }, { settings: OFFLINE });
    await place.open("a.nix");
    const [pin] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.verifyPin, pin?.argument);
    await place.untilCodes("a.nix", "hash-mismatch");
    await place.untilTitles("a.nix", /^Hash is wrong/);
    expect(place.text("a.nix")).toBe(wrong);
  });

  test("update after that writes the hash that was computed", async () => {
    const wrong = FRESH.replace(/hash = "[^"]*"/, `hash = "${STALE_HASH}"`);
    const place = await session({ "a.nix": wrong }, { settings: OFFLINE });
    await place.open("a.nix");
    const [pin] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.verifyPin, pin?.argument);
    await place.execute(SERVER_COMMANDS.updatePin, pin?.argument);
    expect(place.text("a.nix")).toBe(FRESH);
  });

  test.each(["updatePin", "verifyPin"] as const)(
    "cancel ends %s: its connection closes, nothing changes",
    async (command) => {
      const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE, registry: STALLED_LAYERS });
      await place.open("a.nix");
      const [pin] = await place.pins("a.nix");
      const running = place.execute(SERVER_COMMANDS[command], pin?.argument).catch(() => null);
      await until(() => place.registry.requests.some(({ path }) => path.includes("/blobs/")));
      await place.execute(SERVER_COMMANDS.cancelPin, pin?.argument);
      await running;
      await until(() => place.registry.openRequests() === 0);
      await place.untilTitles("a.nix", /^(?!Prefetching|Verifying)/);
      expect(place.text("a.nix")).toBe(ALPINE);
    },
  );

  test("a pin that is no more is left alone", async () => {
    const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE });
    await place.open("a.nix");
    const [pin] = await place.pins("a.nix");
    await place.change("a.nix", [{ text: FRESH }]);
    await place.execute(SERVER_COMMANDS.updatePin, pin?.argument).catch(() => null);
    expect(place.text("a.nix")).toBe(FRESH);
    expect(place.edits).toEqual([]);
  });
});

describe("the document changes while an update runs", () => {
  test("in lines that do not matter: it is read again, and the right places are written", async () => {
    const place = await session(
      { "a.nix": ALPINE },
      { settings: OFFLINE, onBlob: once(() => type("# typed meanwhile\n")) },
    );
    const type = (text: string) =>
      void place.change("a.nix", [
        { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text },
      ]);
    await place.open("a.nix");
    const [pin] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.updatePin, pin?.argument);
    const updated = (await updatedByCli({ "a.nix": ALPINE }, place.registry))["a.nix"];
    expect(place.text("a.nix")).toBe(`# typed meanwhile\n${updated}`);
  });

  test("in the pin itself: what was computed for the old text is not written", async () => {
    const typed = ALPINE.replace('"3.20"', '"3.21"');
    const place = await session(
      { "a.nix": ALPINE },
      { settings: OFFLINE, onBlob: once(() => void place.replace("a.nix", '"3.20"', '"3.21"')) },
    );
    await place.open("a.nix");
    const [pin] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.updatePin, pin?.argument).catch(() => null);
    expect(place.text("a.nix")).toBe(typed);
  });

  test("just before the edit arrives: the client refuses it, and nothing is overwritten", async () => {
    const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE });
    await place.open("a.nix");
    place.onApply = once(() => void place.replace("a.nix", "# The smallest case", "# Typed meanwhile"));
    const [pin] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.updatePin, pin?.argument).catch(() => null);
    const typed = ALPINE.replace("# The smallest case", "# Typed meanwhile");
    const updated = (await updatedByCli({ "a.nix": typed }, place.registry))["a.nix"];
    expect(place.edits[0]?.applied).toBe(false);
    expect([typed, updated]).toContain(place.text("a.nix"));
  });
});

describe("other commands", () => {
  test("explain opens the page of a code", async () => {
    const place = await session({});
    await place.execute(SERVER_COMMANDS.explain, "stale-digest");
    const [shown] = place.sent<{ uri: string; external: boolean }>("window/showDocument");
    expect(shown).toMatchObject({ uri: expect.stringMatching(/docs\/diagnostics\/stale-digest/), external: true });
  });

  test("explain tells the address to a client that can't open it", async () => {
    const place = await session({}, { capabilities: {} });
    await place.execute(SERVER_COMMANDS.explain, "stale-digest");
    const [shown] = place.sent<{ message: string }>("window/showMessage");
    expect(shown?.message).toMatch(/https:\/\/.*stale-digest/);
  });

  test("checking the workspace asks about every pin once, also in files that are not open", async () => {
    const files = { "a.nix": ALPINE, "b/c.nix": CONTAINERS, "d.nix": ALPINE };
    const place = await session(files, { settings: OFFLINE });
    await place.execute(SERVER_COMMANDS.checkWorkspace);
    await place.untilStatus({ pins: 4, stale: 3, incomplete: 1, busy: 0 });
    const heads = place.registry.requests.filter(
      ({ method, path }) => method === "HEAD" && path.endsWith("/alpine/manifests/3.20"),
    );
    expect(heads).toHaveLength(1);
    expect(place.edits).toEqual([]);
  });

  test("a cleared cache forgets what was computed: the next update downloads again", async () => {
    const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE });
    await place.open("a.nix");
    const blobs = () => place.registry.requests.filter(({ path }) => path.includes("/blobs/")).length;
    const update = async () => {
      const [pin] = await place.pins("a.nix");
      await place.execute(SERVER_COMMANDS.updatePin, pin?.argument);
    };
    await update();
    const first = blobs();
    await place.change("a.nix", [{ text: ALPINE }]);
    await update();
    expect(blobs()).toBe(first);
    await place.execute(SERVER_COMMANDS.clearCache);
    await place.change("a.nix", [{ text: ALPINE }]);
    await update();
    expect(blobs()).toBeGreaterThan(first);
  });

  test.each([
    ["dockpin.no.such.command", []],
    [SERVER_COMMANDS.updatePin, []],
    [SERVER_COMMANDS.updatePin, [{ uri: 1 }]],
    [SERVER_COMMANDS.updateFile, [null]],
  ])("%s with %j is an error, not the end", async (command, args) => {
    const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE });
    await place.open("a.nix");
    await expect(place.execute(command, ...args)).rejects.toThrow();
    expect(await place.titles("a.nix")).toHaveLength(1);
  });
});

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}
