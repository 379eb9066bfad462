import { describe, expect, test } from "vitest";
import { CodeLensRequest } from "vscode-languageserver-protocol";
import { SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import {
  ALPINE,
  CONTAINERS,
  FRESH,
  FROZEN,
  GONE_DIGEST,
  PROXY,
  STALE_DIGEST,
  STALLED_LAYERS,
  session,
  titleOf,
  updatedByCli,
} from "./harness.ts";

const COMPUTED = ALPINE.replace('"alpine"', 'builtins.getEnv "IMAGE"');

describe("one lens above each pin tells how it stands", () => {
  test.each<[title: string, text: string, lenses: readonly string[]]>([
    ["stale", ALPINE, ["3.20 moved: update digest and hash"]],
    ["fresh", FRESH, ["Up to date"]],
    ["without a digest, beside a stale one", CONTAINERS, ["1.4 moved: update digest and hash", "Add digest and hash"]],
    ["several in a list", PROXY, ["v3.5 moved: update digest and hash", "v3.5 moved: update digest and hash"]],
    ["left alone by a comment", FROZEN, ["Updates off"]],
    ["computed", COMPUTED, ["Cannot update: imageName is computed"]],
    ["gone from the registry", ALPINE.replace(STALE_DIGEST, GONE_DIGEST), ["Digest is gone: update digest and hash"]],
    ["no pins at all", "{ }", []],
  ])("%s", async (_, text, titles) => {
    const place = await session({ "a.nix": text });
    await place.open("a.nix");
    await place.untilTitles("a.nix", ...titles);
  });

  test("before anything was asked", async () => {
    const place = await session({ "a.nix": ALPINE }, { settings: { check: { onOpen: false } } });
    await place.open("a.nix");
    expect(await place.titles("a.nix")).toEqual(["Update digest and hash"]);
    expect(place.registry.requests).toEqual([]);
  });

  test("it stands on the line where the pin begins", async () => {
    const place = await session({ "a.nix": CONTAINERS }, { settings: { check: { onOpen: false } } });
    await place.open("a.nix");
    const lines = (await place.lenses("a.nix")).map(({ range }) => range.start.line);
    expect(lines).toEqual([
      place.at("a.nix", "imageFile").line,
      place
        .text("a.nix")
        .split("\n")
        .findLastIndex((line) => line.includes("imageFile")),
    ]);
  });

  test("nothing but the place comes before the lens is resolved, and a title after", async () => {
    const place = await session({ "a.nix": ALPINE });
    const uri = await place.open("a.nix");
    const [lens] = (await place.connection.sendRequest(CodeLensRequest.type, { textDocument: { uri } })) ?? [];
    expect(lens?.command).toBeUndefined();
    expect((await place.lenses("a.nix"))[0]?.command?.title).toBeTruthy();
  });

  test("it can be switched off", async () => {
    const place = await session({ "a.nix": ALPINE }, { settings: { codeLens: { enabled: false } } });
    await place.open("a.nix");
    expect(await place.titles("a.nix")).toEqual([]);
  });
});

describe("a click does the next sensible thing", () => {
  test("stale: both values become those that the command line would write, by one versioned edit", async () => {
    const place = await session({ "a.nix": ALPINE });
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
    await place.click(lens);
    expect(place.text("a.nix")).toBe((await updatedByCli({ "a.nix": ALPINE }, place.registry))["a.nix"]);
    expect(place.edits.map(({ applied }) => applied)).toEqual([true]);
    await place.untilTitles("a.nix", "Up to date");
    await place.untilCodes("a.nix");
  });

  test("without a digest: the digest and the hash are added", async () => {
    const place = await session({ "a.nix": CONTAINERS });
    await place.open("a.nix");
    const [, lens] = await place.untilTitles("a.nix", /moved/, "Add digest and hash");
    await place.click(lens);
    const updated = (await updatedByCli({ "a.nix": CONTAINERS }, place.registry))["a.nix"]!;
    expect(place.text("a.nix")).toContain(updated.slice(updated.indexOf("# Written by hand")));
    await place.untilTitles("a.nix", /moved/, "Up to date");
  });

  test("fresh: the registry is asked again", async () => {
    const place = await session({ "a.nix": FRESH });
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", "Up to date");
    const redis = place.content.get("library/redis")!;
    redis.tags.set("7.2", [...redis.manifests.keys()].find((digest) => digest !== redis.tags.get("7.2"))!);
    await place.click(lens);
    await place.untilTitles("a.nix", "7.2 moved: update digest and hash");
    expect(place.edits).toEqual([]);
  });

  test("prefetching: the title tells how far it is, and a click cancels", async () => {
    const place = await session({ "a.nix": ALPINE }, { registry: STALLED_LAYERS });
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", /moved/);
    const update = place.click(lens);
    const [running] = await place.untilTitles("a.nix", /^Prefetching… \d+ ?%$/);
    expect(running?.command?.command).toBe(SERVER_COMMANDS.cancelPin);
    await place.click(running);
    await update.catch(() => null);
    await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
    expect(place.text("a.nix")).toBe(ALPINE);
    await place.until("the end of the download", () => (place.registry.openRequests() === 0 ? true : undefined));
  });

  test("failed: the title says why, and a click tries again", async () => {
    const limited = {
      path: /\/manifests\//,
      times: 1,
      fault: { do: "answer", status: 429, headers: { "Retry-After": "3600" } },
    } as const;
    const place = await session({ "a.nix": ALPINE }, { registry: { faults: [limited] } });
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", "Retry: registry answered 429");
    await place.click(lens);
    await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
  });

  test("computed: the page that explains is opened", async () => {
    const place = await session({ "a.nix": COMPUTED });
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", /^Cannot update/);
    await place.click(lens);
    const [shown] = place.sent<{ uri: string; external?: boolean }>("window/showDocument");
    expect(shown?.uri).toMatch(/docs\/diagnostics\/cannot-update/);
    expect(place.text("a.nix")).toBe(COMPUTED);
  });

  test("left alone by a comment: nothing is asked or changed", async () => {
    const place = await session({ "a.nix": FROZEN });
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", "Updates off");
    if (lens?.command?.command !== "") await place.click(lens);
    expect(place.registry.requests).toEqual([]);
    expect(place.text("a.nix")).toBe(FROZEN);
  });
});

test("the count of lenses never changes, whatever happens to the pins", async () => {
  const place = await session({ "a.nix": CONTAINERS }, { registry: STALLED_LAYERS });
  await place.open("a.nix");
  const counts = [(await place.lenses("a.nix")).length];
  const [first, second] = await place.untilTitles("a.nix", /moved/, "Add digest and hash");
  const clicks = [place.click(first), place.click(second)].map((click) => click.catch(() => null));
  const running = await place.untilTitles("a.nix", /^Prefetching/, /^Prefetching/);
  counts.push(running.length);
  for (const lens of running) await place.click(lens);
  await Promise.all(clicks);
  counts.push((await place.lenses("a.nix")).map(titleOf).length);
  expect(counts).toEqual([2, 2, 2]);
});
