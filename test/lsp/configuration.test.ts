import { describe, expect, test } from "vitest";
import { SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { addImage, configFor, plainLayer } from "../support/images/image.ts";
import { EDITS_ONLY, FULL, NONE } from "../support/lsp/capabilities.ts";
import { sampleImages } from "../support/sample/images.ts";
import { ALPINE, codesOf, FRESH, PROXY, STALE_HASH, session } from "./harness.ts";

const OFFLINE = { check: { onOpen: false } };
const BASE16 = "22".repeat(32);

describe("settings apply without a restart", () => {
  test.each([
    ["a client that is asked for them", FULL],
    ["a client that sends them", EDITS_ONLY],
  ])("%s", async (_, capabilities) => {
    const place = await session({ "a.nix": ALPINE }, { capabilities, settings: OFFLINE });
    await place.open("a.nix");
    expect(await place.titles("a.nix")).toHaveLength(1);
    await place.configure(place.settings({ ...OFFLINE, codeLens: { enabled: false } }));
    await place.untilTitles("a.nix");
    await place.configure(place.settings(OFFLINE));
    await place.untilTitles("a.nix", "Update digest and hash");
  });

  test("a client that could be asked, but knows nothing of the section: what it gave at the start holds", async () => {
    const place = await session(
      { "a.nix": ALPINE },
      { initializationOptions: { settings: { codeLens: { enabled: false } } } },
    );
    await place.configure(null);
    await place.open("a.nix");
    await place.untilTitles("a.nix");
  });

  test("a registry's endpoint: what failed without it works with it", async () => {
    const place = await session(
      { "a.nix": ALPINE },
      { settings: { registries: { "docker.io": { endpoint: "http://127.0.0.1:1" } } } },
    );
    await place.open("a.nix");
    await place.untilTitles("a.nix", /^Retry: /);
    await place.configure(place.settings());
    await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
  });

  test("checks begin when they are switched on", async () => {
    const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE });
    await place.open("a.nix");
    expect(await place.titles("a.nix")).toEqual(["Update digest and hash"]);
    expect(place.registry.requests).toEqual([]);
    await place.configure(place.settings());
    await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
  });
});

describe("what each does", () => {
  test.each([
    ["images", { images: ["alp*"] }],
    ["images, by the whole name", { images: ["docker.io/library/alpine"] }],
    ["files", { files: ["sub/**"] }],
  ])("ignore.%s", async (_, ignore) => {
    const place = await session({ "sub/a.nix": ALPINE, "b.nix": FRESH }, { settings: { ignore } });
    await place.open("sub/a.nix");
    await place.open("b.nix");
    await place.untilTitles("sub/a.nix", "Updates off");
    await place.untilTitles("b.nix", "Up to date");
    expect(await place.diagnostics("sub/a.nix")).toEqual([]);
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    expect(place.text("sub/a.nix")).toBe(ALPINE);
  });

  test.each([
    ["keep", /sha256 = "[0-9a-f]{64}"/],
    ["sri", /sha256 = "sha256-[A-Za-z0-9+/]{43}="/],
  ])("hashStyle %s", async (hashStyle, expected) => {
    const text = ALPINE.replace(`hash = "${STALE_HASH}"`, `sha256 = "${BASE16}"`);
    const place = await session({ "a.nix": text }, { settings: { hashStyle } });
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", /moved/);
    await place.click(lens);
    expect(place.text("a.nix")).toMatch(expected);
    expect(place.text("a.nix")).not.toContain(BASE16);
  });

  test("platform, for pins that state none", async () => {
    const withoutArch = PROXY.replace(/ {4}arch = "[^"]*";\n/g, "");
    const files = { "a.nix": withoutArch, "b.nix": PROXY };
    const place = await session(files, { settings: { platform: "linux/arm64" } });
    await place.open("a.nix");
    const [first] = await place.untilTitles("a.nix", /moved/, /moved/);
    await place.click(first);
    await place.open("b.nix");
    const [, arm64] = await place.untilTitles("b.nix", /moved/, /moved/);
    await place.click(arm64);
    const hashes = (name: string) => [...place.text(name).matchAll(/hash = "([^"]*)"/g)].map(([, hash]) => hash);
    expect(hashes("a.nix")[0]).toBe(hashes("b.nix")[1]);
  });

  test("extraCallees, for functions that take what pullImage takes", async () => {
    const text = '{ fetchImage }:\nfetchImage {\n  imageName = "alpine";\n  finalImageTag = "3.20";\n}\n';
    const place = await session({ "a.nix": text }, { settings: { ...OFFLINE, extraCallees: ["fetchImage"] } });
    await place.open("a.nix");
    await place.untilTitles("a.nix", "Add digest and hash");
    await place.configure(place.settings(OFFLINE));
    await place.untilTitles("a.nix");
  });

  test("download.maxSize, in megabytes: a larger image is refused before its bytes come", async () => {
    const content = sampleImages();
    const layer = "x".repeat(2_000_000);
    addImage(
      content.get("library/alpine")!,
      { format: "oci", layers: [plainLayer(layer)], config: configFor("linux/amd64", [layer]) },
      "3.20",
    );
    const place = await session({ "a.nix": ALPINE }, { content, settings: { download: { maxSize: 1 } } });
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", /moved/);
    await place.click(lens).catch(() => null);
    await place.untilTitles("a.nix", /^Retry: |^Cannot update: /);
    expect(place.text("a.nix")).toBe(ALPINE);
    await place.configure(place.settings({ download: { maxSize: 3 } }));
    const [again] = await place.untilTitles("a.nix", /./);
    await place.click(again);
    await place.untilTitles("a.nix", "Up to date");
  });

  test.each([
    ["of another kind", { codeLens: { enabled: "perhaps" }, concurrency: -1, registries: [], diagnostics: null }],
    ["no object at all", 7 as unknown as object],
  ])("settings %s count as not set, and the log says so", async (_, settings) => {
    const place = await session({ "a.nix": ALPINE }, { settings: OFFLINE });
    await place.open("a.nix");
    await place.configure(settings);
    await place.until(
      "a word in the log",
      () =>
        place.sent<{ message: string }>("window/logMessage").some(({ message }) => message.includes("dockpin")) ||
        undefined,
    );
    expect(await place.titles("a.nix")).toHaveLength(1);
    expect(place.sent("window/showMessage")).toEqual([]);
  });

  test("without any settings and capabilities the defaults hold", async () => {
    const floating = ALPINE.replace('"3.20"', '"latest"').replace(STALE_HASH, "sha256-12");
    const place = await session(
      { "a.nix": floating },
      { capabilities: NONE, initializationOptions: { settings: null, trusted: false } },
    );
    await place.open("a.nix");
    await place.untilCodes("a.nix", "malformed-hash");
    expect(codesOf(await place.diagnostics("a.nix"))).toEqual(["malformed-hash"]);
  });
});
