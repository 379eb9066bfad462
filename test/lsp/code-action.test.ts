import { describe, expect, test } from "vitest";
import { type CodeAction, CodeActionKind } from "vscode-languageserver-protocol";
import { EDITS_ONLY } from "../support/lsp/capabilities.ts";
import { fileEditsOf } from "../support/lsp/document-mirror.ts";
import {
  ALPINE,
  CONTAINERS,
  FRESH,
  FROZEN,
  GONE_DIGEST,
  LAYERS,
  PROXY,
  type Session,
  STALE_DIGEST,
  STALE_HASH,
  session,
  titlesOf,
  updatedByCli,
} from "./harness.ts";

const UPDATE = "Update digest and hash";
const OFFLINE = { settings: { check: { onOpen: false } } };
const BASE32 = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";

/** What the light bulb offers on the digest, or on another text. */
async function offered(place: Session, text = STALE_DIGEST, only?: readonly string[]): Promise<CodeAction[]> {
  return (await place.actions("a.nix", place.rangeOf("a.nix", text), only)) as CodeAction[];
}

function find(actions: readonly CodeAction[], title: string | RegExp): CodeAction | undefined {
  return actions.find((one) => (typeof title === "string" ? one.title === title : title.test(one.title)));
}

describe("the update", () => {
  test("is offered without a download; its edit comes when it is chosen, and is what the command line would write", async () => {
    const place = await session({ "a.nix": ALPINE });
    await place.open("a.nix");
    await place.untilCodes("a.nix", "stale-digest");
    const action = find(await offered(place), UPDATE);
    expect(action).toMatchObject({ kind: CodeActionKind.QuickFix, isPreferred: true });
    expect(action?.diagnostics?.map(({ code }) => code)).toEqual(["stale-digest"]);
    expect(action?.edit).toBeUndefined();
    expect(place.registry.requests.filter(({ path }) => LAYERS.test(path))).toEqual([]);

    const { edit } = await place.choose(action);
    expect(edit?.documentChanges).toMatchObject([{ textDocument: { uri: place.uri("a.nix"), version: 1 } }]);
    expect(place.text("a.nix")).toBe((await updatedByCli({ "a.nix": ALPINE }, place.registry))["a.nix"]);
    await place.untilCodes("a.nix");
    expect(titlesOf(await offered(place, "imageDigest"))).not.toContain(UPDATE);
  });

  test("touches only the characters that change", async () => {
    const place = await session({ "a.nix": ALPINE });
    await place.open("a.nix");
    await place.untilCodes("a.nix", "stale-digest");
    const { edit } = await place.choose(find(await offered(place), UPDATE));
    const ranges = fileEditsOf(edit!).flatMap(({ edits }) => edits.map(({ range }) => range));
    expect(ranges.map(({ start, end }) => start.line === end.line)).toEqual([true, true]);
  });

  test.each<[code: string, text: string]>([
    ["digest-gone", ALPINE.replace(STALE_DIGEST, GONE_DIGEST)],
    ["missing-hash", ALPINE.replace(`  hash = "${STALE_HASH}";\n`, "")],
    ["placeholder-hash", ALPINE.replace(`"${STALE_HASH}"`, '""')],
    ["malformed-digest", ALPINE.replace(STALE_DIGEST, "sha256:12")],
    ["malformed-hash", ALPINE.replace(STALE_HASH, "sha256-12")],
    [
      "missing-digest",
      ALPINE.replace(`  imageDigest = "${STALE_DIGEST}";\n`, "").replace(`  hash = "${STALE_HASH}";\n`, ""),
    ],
  ])("mends %s", async (code, text) => {
    const place = await session({ "a.nix": text });
    await place.open("a.nix");
    const { range } = await place.untilDiagnostic("a.nix", code as never);
    const actions = (await place.actions("a.nix", range)) as CodeAction[];
    const fix = actions.find((one) => one.isPreferred === true);
    expect(fix?.diagnostics?.map((one) => one.code)).toContain(code);
    await place.choose(fix);
    expect(place.text("a.nix")).toBe((await updatedByCli({ "a.nix": text }, place.registry))["a.nix"]);
    await place.untilCodes("a.nix");
  });

  test("is not offered where there is nothing to update", async () => {
    const place = await session({ "a.nix": FRESH });
    await place.open("a.nix");
    await place.untilTitles("a.nix", "Up to date");
    expect(titlesOf(await offered(place, "imageDigest"))).not.toContain(UPDATE);
  });

  test("is not made for a text that has changed since", async () => {
    const place = await session({ "a.nix": ALPINE });
    await place.open("a.nix");
    await place.untilCodes("a.nix", "stale-digest");
    const action = find(await offered(place), UPDATE);
    await place.replace("a.nix", '"alpine"', '"redis"');
    await expect(place.choose(action)).rejects.toThrow();
    expect(place.text("a.nix")).toBe(ALPINE.replace('"alpine"', '"redis"'));
  });

  test("fails with a reason when the registry does", async () => {
    const broken = { path: /\/blobs\//, fault: { do: "answer", status: 404 } } as const;
    const place = await session({ "a.nix": ALPINE }, { registry: { faults: [broken] } });
    await place.open("a.nix");
    await place.untilCodes("a.nix", "stale-digest");
    await expect(place.choose(find(await offered(place), UPDATE))).rejects.toThrow(/\S/);
    await place.untilTitles("a.nix", /^Retry: /);
    expect(place.text("a.nix")).toBe(ALPINE);
  });
});

describe("other actions", () => {
  test("Verify hash: a right one is told, a wrong one becomes a diagnostic whose fix writes the right one", async () => {
    const wrong = FRESH.replace(/hash = "[^"]*"/, `hash = "${STALE_HASH}"`);
    const place = await session({ "a.nix": wrong });
    await place.open("a.nix");
    await place.untilTitles("a.nix", "Up to date");
    await place.choose(find(await offered(place, "imageName"), "Verify hash"));
    const { range } = await place.untilDiagnostic("a.nix", "hash-mismatch");
    const actions = (await place.actions("a.nix", range)) as CodeAction[];
    await place.choose(actions.find((one) => one.isPreferred === true));
    expect(place.text("a.nix")).toBe(FRESH);
    await place.untilCodes("a.nix");
  });

  test("Ignore this image: a comment that the reader understands", async () => {
    const place = await session({ "a.nix": ALPINE }, OFFLINE);
    await place.open("a.nix");
    await place.choose(find(await offered(place), "Ignore this image"));
    expect(place.text("a.nix")).toContain("dockpin: ignore");
    await place.untilTitles("a.nix", "Updates off");
    expect(titlesOf(await offered(place))).not.toContain("Ignore this image");
  });

  test("Convert to hash: the same hash, another way to write it", async () => {
    const text = ALPINE.replace(`hash = "${STALE_HASH}"`, `sha256 = "${BASE32}"`);
    const place = await session({ "a.nix": text }, OFFLINE);
    await place.open("a.nix");
    await place.choose(find(await offered(place, "sha256 ="), /^Convert to hash = /));
    const sri = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    expect(place.text("a.nix")).toBe(ALPINE.replace(STALE_HASH, sri));
    expect(place.registry.requests).toEqual([]);
    expect(find(await offered(place, "hash ="), /^Convert/)).toBeUndefined();
  });

  test("an index digest without arch gets one", async () => {
    const text = PROXY.replace('    arch = "amd64";\n', "");
    const place = await session({ "a.nix": text });
    await place.open("a.nix");
    const { range } = await place.untilDiagnostic("a.nix", "host-dependent-hash");
    const actions = (await place.actions("a.nix", range)) as CodeAction[];
    await place.choose(find(actions, /arch = "amd64"/));
    expect(place.text("a.nix").match(/arch = "amd64"/g)).toHaveLength(1);
    await place.untilCodes("a.nix", "stale-digest", "stale-digest");
  });

  test("nothing for a pin that is left alone, but for nothing else either", async () => {
    const place = await session({ "a.nix": FROZEN });
    await place.open("a.nix");
    expect(titlesOf(await offered(place))).not.toContain(UPDATE);
    expect(titlesOf(await offered(place, "# Kept where"))).toEqual([]);
  });
});

describe("source.fixAll.dockpin", () => {
  test("updates what is known to be stale, in one edit, and nothing that nobody knows yet", async () => {
    const place = await session({ "a.nix": CONTAINERS });
    await place.open("a.nix");
    await place.untilTitles("a.nix", /moved/, "Add digest and hash");
    const actions = await offered(place, "{", ["source.fixAll.dockpin"]);
    expect(actions.map(({ kind }) => kind)).toEqual(["source.fixAll.dockpin"]);
    await place.choose(actions[0]);
    const updated = (await updatedByCli({ "a.nix": CONTAINERS }, place.registry))["a.nix"]!;
    const [stale] = updated.split("# Written by hand");
    const [, incomplete] = CONTAINERS.split("# Written by hand");
    expect(place.text("a.nix")).toBe(`${stale}# Written by hand${incomplete}`);
  });

  test("is there only for who asks for it", async () => {
    const place = await session({ "a.nix": ALPINE });
    await place.open("a.nix");
    await place.untilCodes("a.nix", "stale-digest");
    expect((await offered(place)).map(({ kind }) => kind)).not.toContain("source.fixAll.dockpin");
    expect((await offered(place, STALE_DIGEST, ["refactor.extract"])).map(({ kind }) => kind)).toEqual([]);
  });
});

test("a client without literals and resolving gets commands, which do the same", async () => {
  const place = await session({ "a.nix": ALPINE }, { capabilities: EDITS_ONLY });
  await place.open("a.nix");
  await place.untilCodes("a.nix", "stale-digest");
  const actions = await place.actions("a.nix", place.rangeOf("a.nix", "imageDigest"));
  expect(actions.map(({ command }) => typeof command)).toEqual(actions.map(() => "string"));
  await place.choose(actions.find(({ title }) => title === UPDATE));
  expect(place.text("a.nix")).toBe((await updatedByCli({ "a.nix": ALPINE }, place.registry))["a.nix"]);
});
