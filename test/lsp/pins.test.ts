import { describe, expect, test } from "vitest";
import { NEW_PIN_REQUEST, type NewPinResult, SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { ALPINE, CONTAINERS, FRESH, FROZEN, type Session, STALE_DIGEST, session } from "./harness.ts";

describe("dockpin/pins", () => {
  test("all pins of the workspace, in files that are open and in others", async () => {
    const place = await session({
      "a.nix": ALPINE,
      "sub/b.nix": CONTAINERS,
      "result/c.nix": FROZEN,
      ".gitignore": "/result\n",
    });
    await place.open("a.nix");
    await place.untilTitles("a.nix", /moved/);
    const pins = await place.pins();
    expect(pins.map(({ uri, image }) => [uri, image])).toEqual([
      [place.uri("a.nix"), expect.stringContaining("alpine")],
      [place.uri("sub/b.nix"), expect.stringContaining("ghcr.io/example/notes")],
      [place.uri("sub/b.nix"), expect.stringContaining("redis")],
    ]);
    expect(pins[0]).toMatchObject({
      digest: STALE_DIGEST,
      status: "3.20 moved: update digest and hash",
      argument: { uri: place.uri("a.nix"), version: 1 },
    });
    expect(pins[1]?.argument.version).toBeNull();
    expect(pins[2]).toMatchObject({ digest: null, status: "Add digest and hash" });
  });

  test("those of one document, around each of its lines", async () => {
    const place = await session({ "a.nix": CONTAINERS, "b.nix": ALPINE });
    await place.open("a.nix");
    const pins = await place.pins("a.nix");
    const line = place.at("a.nix", "finalImageName").line;
    expect(pins.filter(({ range }) => range.start.line <= line && line <= range.end.line)).toEqual([pins[0]]);
    expect(pins).toHaveLength(2);
  });

  test("a pin of a file that is not open can be updated by its argument", async () => {
    const place = await session({ "a.nix": ALPINE });
    const [pin] = await place.pins();
    await place.execute(SERVER_COMMANDS.updatePin, pin?.argument);
    expect(place.text("a.nix")).not.toContain(STALE_DIGEST);
    expect((await place.pins())[0]?.status).toBe("Up to date");
  });

  test("looking for them asks no registry", async () => {
    const place = await session({ "a.nix": ALPINE });
    expect((await place.pins()).map(({ status }) => status)).toEqual(["Update digest and hash"]);
    expect(place.registry.requests).toEqual([]);
  });
});

describe("dockpin/newPin", () => {
  test.each([
    ["redis:7.2", null],
    ["docker.io/library/redis:7.2", "linux/amd64"],
    ["quay.io/example/proxy:v3.5", "linux/arm64"],
  ])("%s for %s: a call that is up to date and whose hash verifies", async (image, platform) => {
    const place = await session({ "a.nix": "" });
    const { text } = await newPin(place, image, platform);
    await place.open("a.nix", `{ pullImage, dockerTools }:\n${text}\n`);
    const [pin] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.verifyPin, pin?.argument);
    await place.execute(SERVER_COMMANDS.checkPin, pin?.argument);
    await place.untilTitles("a.nix", "Up to date, hash verified");
    expect(await place.diagnostics("a.nix")).toEqual([]);
  });

  test("by digest", async () => {
    const place = await session({ "a.nix": FRESH });
    const { text } = await newPin(place, `alpine@${STALE_DIGEST}`, null);
    expect(text).toContain(`imageDigest = "${STALE_DIGEST}"`);
  });

  test.each([["Not An Image"], [""], ["library/alpine:no-such-tag"]])("%j is refused with a reason", async (image) => {
    const place = await session({});
    await expect(newPin(place, image, null)).rejects.toThrow(/\S/);
  });

  test("progress goes where the client wants it", async () => {
    const place = await session({});
    place.tokens.add("mine");
    await place.connection.sendRequest(NEW_PIN_REQUEST, { image: "redis:7.2", platform: null, workDoneToken: "mine" });
    const kinds = place
      .sent<{ token: string; value: { kind: string } }>("$/progress")
      .map(({ token, value }) => [token, value.kind]);
    expect(kinds.at(0)).toEqual(["mine", "begin"]);
    expect(kinds.at(-1)).toEqual(["mine", "end"]);
  });
});

function newPin(place: Session, image: string, platform: string | null): Promise<NewPinResult> {
  return place.connection.sendRequest<NewPinResult>(NEW_PIN_REQUEST, { image, platform });
}
