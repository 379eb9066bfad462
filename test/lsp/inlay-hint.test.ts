import { describe, expect, test } from "vitest";
import {
  type InlayHint,
  InlayHintRequest,
  InlayHintResolveRequest,
  type MarkupContent,
  type Range,
} from "vscode-languageserver-protocol";
import { ALPINE, FRESH, FROZEN, PROXY, type Session, STALE_DIGEST, session } from "./harness.ts";

describe("after the digest stands what its tag is doing", () => {
  test("moved, with both digests in the tooltip", async () => {
    const place = await session({ "a.nix": ALPINE });
    await place.open("a.nix");
    await place.untilTitles("a.nix", /moved/);
    const [hint, ...others] = await hints(place);
    expect(others).toEqual([]);
    expect(hint?.label).toMatch(/^3\.20 moved/);
    const { line, character } = place.at("a.nix", STALE_DIGEST);
    expect(hint?.position.line).toBe(line);
    expect(hint?.position.character).toBeGreaterThanOrEqual(character + STALE_DIGEST.length + 1);
    const tooltip = await tooltipOf(place, hint!);
    expect(tooltip).toContain(STALE_DIGEST);
    expect(tooltip).toContain(place.content.get("library/alpine")?.tags.get("3.20"));
  });

  test("nothing where there is nothing to tell: unchecked, left alone", async () => {
    const place = await session({ "a.nix": FROZEN, "b.nix": ALPINE }, { settings: { check: { onOpen: false } } });
    await place.open("a.nix");
    expect(await hints(place)).toEqual([]);
    await place.open("b.nix");
    expect(await hints(place, "b.nix")).toEqual([]);
  });

  test("a fresh pin has no hint that says that anything moved", async () => {
    const place = await session({ "a.nix": FRESH });
    await place.open("a.nix");
    await place.untilTitles("a.nix", "Up to date");
    expect((await hints(place)).filter(({ label }) => String(label).includes("moved"))).toEqual([]);
  });

  test("only those in the range that is asked for", async () => {
    const place = await session({ "a.nix": PROXY });
    await place.open("a.nix");
    await place.untilTitles("a.nix", /moved/, /moved/);
    expect(await hints(place)).toHaveLength(2);
    const first = { start: { line: 0, character: 0 }, end: place.at("a.nix", "  }\n") };
    expect(await hints(place, "a.nix", first)).toHaveLength(1);
  });

  test("they can be switched off, and on again without a restart", async () => {
    const place = await session({ "a.nix": ALPINE }, { settings: { inlayHints: { enabled: false } } });
    await place.open("a.nix");
    await place.untilTitles("a.nix", /moved/);
    expect(await hints(place)).toEqual([]);
    const refreshes = place.sent("workspace/inlayHint/refresh").length;
    await place.configure(place.settings());
    await place.until("a refresh", () => place.sent("workspace/inlayHint/refresh").length > refreshes || undefined);
    expect(await hints(place)).toHaveLength(1);
  });
});

async function hints(place: Session, name = "a.nix", range?: Range): Promise<InlayHint[]> {
  const whole = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };
  const params = { textDocument: { uri: place.uri(name) }, range: range ?? whole };
  return (await place.connection.sendRequest(InlayHintRequest.type, params)) ?? [];
}

async function tooltipOf(place: Session, hint: InlayHint): Promise<string> {
  const { inlayHintProvider } = place.initializeResult.capabilities;
  const resolves = typeof inlayHintProvider === "object" && inlayHintProvider.resolveProvider === true;
  const { tooltip } = resolves ? await place.connection.sendRequest(InlayHintResolveRequest.type, hint) : hint;
  return typeof tooltip === "string" ? tooltip : ((tooltip as MarkupContent | undefined)?.value ?? "");
}
