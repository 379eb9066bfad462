import { describe, expect, test } from "vitest";
import { type Hover, HoverRequest, type MarkupContent } from "vscode-languageserver-protocol";
import { CLIENT_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { parseDigest, shortDigest } from "../../server/src/oci/digest.ts";
import { NONE } from "../support/lsp/capabilities.ts";
import { ALPINE, FROZEN, PROXY, type Session, STALE_DIGEST, session } from "./harness.ts";

describe("a hover tells of the pin under it", () => {
  test.each(["imageName", "alpine", "imageDigest", "de7e26", "hash =", "3.20", "arch"])("on %s", async (text) => {
    const place = await session({ "a.nix": ALPINE });
    await place.open("a.nix");
    await place.untilTitles("a.nix", /moved/);
    const found = await hover(place, text);
    expect(textOf(found)).toContain("alpine");
    const { start, end } = found!.range!;
    const at = place.at("a.nix", text);
    expect(start.line).toBeLessThanOrEqual(at.line);
    expect(end.line).toBeGreaterThanOrEqual(at.line);
  });

  test.each(["# The smallest", "pkgs ?"])("nothing on %s", async (text) => {
    const place = await session({ "a.nix": ALPINE });
    await place.open("a.nix");
    expect(await hover(place, text)).toBeNull();
  });

  test("both digests, the platform, the created date, sizes, layers, labels and where it was asked", async () => {
    const place = await session({ "a.nix": ALPINE });
    await place.open("a.nix");
    await place.untilTitles("a.nix", /moved/);
    const text = textOf(await hover(place, "imageDigest"));
    const current = place.content.get("library/alpine")!.tags.get("3.20")!;
    for (const digest of [STALE_DIGEST, current]) expect(text).toContain(short(digest));
    expect(text).toContain("linux/amd64");
    expect(text).toContain("2026-11-01");
    expect(text).toContain("3.20.0");
    expect(text).toMatch(/\b\d[\d.]* (B|kB|KB|KiB|MB|MiB)\b/);
    expect(text).toMatch(/1 layer\b|[Ll]ayers?\W+1\b/);
    expect(text).toContain("https://hub.docker.com/_/alpine");
  });

  test("the platforms of an index", async () => {
    const place = await session({ "a.nix": PROXY });
    await place.open("a.nix");
    await place.untilTitles("a.nix", /moved/, /moved/);
    const text = textOf(await hover(place, "imageDigest"));
    expect(text).toContain("linux/amd64");
    expect(text).toContain("linux/arm64");
  });

  test("what is known offline, when the registry does not answer", async () => {
    const broken = { path: /./, fault: { do: "answer", status: 404 } } as const;
    const place = await session({ "a.nix": ALPINE }, { registry: { faults: [broken] } });
    await place.open("a.nix");
    const text = textOf(await hover(place, "imageDigest"));
    expect(text).toContain("alpine");
    expect(text).toContain(short(STALE_DIGEST));
  });

  test("of a pin that is left alone: that it is, and nothing is asked", async () => {
    const place = await session({ "a.nix": FROZEN });
    await place.open("a.nix");
    expect(textOf(await hover(place, "imageDigest"))).toContain("ignore");
    expect(place.registry.requests).toEqual([]);
  });

  test("the source of the credentials, and never a secret", async () => {
    const secret = "canary-password";
    const auth = Buffer.from(`reader:${secret}`).toString("base64");
    const account = { username: "reader", password: secret };
    const place = await session(
      { "a.nix": ALPINE },
      {
        registry: { authorization: { scheme: "basic", account } },
        env: (path) => ({ REGISTRY_AUTH_FILE: path("auth.json") }),
      },
    );
    place.write("auth.json", JSON.stringify({ auths: { [place.registry.host]: { auth } } }));
    await place.open("a.nix");
    await place.untilTitles("a.nix", /moved/);
    const shown = textOf(await hover(place, "imageDigest"));
    expect(shown).toContain("auth.json");
    expect(shown).not.toContain(secret);
    for (const { method, params } of place.received) {
      expect(`${method} ${JSON.stringify(params)}`).not.toContain(secret);
      expect(`${method} ${JSON.stringify(params)}`).not.toContain(auth);
    }
  });
});

describe("in the form that the client shows", () => {
  test("Markdown, with commands only for a client that has them", async () => {
    const plain = await session({ "a.nix": ALPINE });
    await plain.open("a.nix");
    const contents = (await hover(plain, "imageDigest"))!.contents as MarkupContent;
    expect(contents.kind).toBe("markdown");
    expect(contents.value).not.toContain("command:");

    const editor = await session(
      { "a.nix": ALPINE },
      { initializationOptions: { clientCommands: Object.values(CLIENT_COMMANDS) } },
    );
    await editor.open("a.nix");
    const copied = `command:${CLIENT_COMMANDS.copy}?${encodeURIComponent(JSON.stringify([STALE_DIGEST]))}`;
    expect(textOf(await hover(editor, "imageDigest"))).toContain(copied);
  });

  test("plain text for a client that knows no other", async () => {
    const place = await session({ "a.nix": ALPINE }, { capabilities: NONE });
    await place.open("a.nix");
    const contents = (await hover(place, "imageDigest"))!.contents as MarkupContent;
    expect(contents.kind).toBe("plaintext");
    expect(contents.value).not.toMatch(/\*\*|\]\(|`/);
    expect(contents.value).toContain(short(STALE_DIGEST));
  });

  test("text from a file cannot become Markdown of its own", async () => {
    const text = ALPINE.replace(
      'finalImageTag = "3.20"',
      'finalImageName = "a](command:x) <b>![i](https://e.example/)"',
    );
    const place = await session({ "a.nix": text });
    await place.open("a.nix");
    const shown = textOf(await hover(place, "imageDigest"));
    expect(shown).not.toContain("](command:x)");
    expect(shown).not.toMatch(/(^|[^\\])<b>/);
    expect(shown).not.toContain("![i](");
  });
});

function hover(place: Session, text: string): Promise<Hover | null> {
  const params = { textDocument: { uri: place.uri("a.nix") }, position: place.at("a.nix", text) };
  return place.connection.sendRequest(HoverRequest.type, params);
}

function textOf(found: Hover | null): string {
  return found === null ? "" : (found.contents as MarkupContent).value;
}

function short(digest: string): string {
  const parsed = parseDigest(digest);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return shortDigest(parsed.value);
}
