import { describe, expect, test } from "vitest";
import type { MarkupContent } from "vscode-languageserver-types";
import { type HoverOptions, hover } from "../../../../server/src/lsp/features/hover.ts";
import { shortDigest } from "../../../../server/src/oci/digest.ts";
import {
  both,
  checked,
  DAY,
  FRESH,
  facts,
  type Knowledge,
  NEW,
  NGINX,
  NOW,
  OLD,
  type Opened,
  opened,
  STALE,
  textIn,
  wrongHash,
} from "./harness.ts";

const OPTIONS: HoverOptions = { now: NOW, online: true, markdown: false, copyCommand: null, canSignIn: false };

/** The text of NGINX with the cursor in front of a word. */
const on = (word: string, text = NGINX) => text.replace(word, `¦${word}`);

function shown(place: Opened, options: Partial<HoverOptions> = {}): string {
  const found = hover(place.document, place.views, place.cursor, { ...OPTIONS, ...options });
  return (found?.contents as MarkupContent | undefined)?.value ?? "";
}

/** The rows of a hover on the digest, by their labels. */
function rows(knowledge: Knowledge, text = NGINX): Record<string, string> {
  const lines = shown(opened(on("imageDigest", text), knowledge))
    .split("\n")
    .slice(2);
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
}

describe("where a hover is", () => {
  test.each<[word: string, range: RegExp]>([
    ["imageName", /^imageName = "nginx";$/],
    ['ginx"', /^"nginx"$/],
    ["imageDigest", /^imageDigest = .*;$/],
    ["sha256:", /^"sha256:[0-9a-f]{64}"$/],
    ["hash", /^hash = .*;$/],
    ["finalImageTag", /^finalImageTag = "1.27";$/],
  ])("on %s", (word, range) => {
    const place = opened(on(word));
    const found = hover(place.document, place.views, place.cursor, OPTIONS);
    expect(textIn(place, found!.range!)).toMatch(range);
  });

  test.each(["pkgs }", "pullImage", "};"])("not on %s", (word) => {
    expect(shown(opened(on(word)))).toBe("");
  });

  test("on the variable that a pin reads its digest from", () => {
    const text = NGINX.replace(`"${OLD}"`, "digest").replace("{ pkgs }:\n", `{ pkgs }:\nlet digest = "¦${OLD}"; in\n`);
    expect(shown(opened(text))).toContain("Pinned digest");
  });

  test("of two pins, the one under the cursor", () => {
    const text = `[ (pullImage { imageName = "a"; imageDigest = "${OLD}"; }) (pullImage { imageName = "¦b"; imageDigest = "${OLD}"; }) ]`;
    expect(shown(opened(text))).toContain("docker.io/library/b:latest");
  });
});

describe("what a hover tells", () => {
  test("of a pin that nobody asked about", () => {
    expect(shown(opened(on("imageDigest")))).toBe(
      [
        'Not compared with the tag "1.27" yet.',
        "",
        "Image: docker.io/library/nginx:1.27",
        "Platform: linux/amd64 (not stated)",
        `Pinned digest: ${shortDigest(OLD)}`,
        "Page: https://hub.docker.com/_/nginx",
      ].join("\n"),
    );
  });

  test("of a stale one, all that is known", () => {
    const labels = {
      "org.opencontainers.image.source": "https://github.com/nginx/docker",
      "org.opencontainers.image.version": "1.27.3",
      "org.opencontainers.image.revision": "0123abc",
      "org.opencontainers.image.licenses": "BSD-2-Clause",
      "org.example.other": "not shown",
    };
    const known: Knowledge = {
      facts: facts({ archiveSize: 192_000_000, platforms: ["linux/amd64", "linux/arm64/v8"], labels }),
      newFacts: facts({ digest: NEW, created: new Date(NOW - DAY).toISOString() }),
      credentialSource: "/home/me/.docker/config.json",
    };
    expect(shown(opened(on("imageDigest"), both(STALE, known)))).toBe(
      [
        'The tag "1.27" points to another image now.',
        "",
        "Image: docker.io/library/nginx:1.27",
        "Platform: linux/amd64 (not stated)",
        `Pinned digest: ${shortDigest(OLD)}`,
        `Digest of the tag: ${shortDigest(NEW)}`,
        "Created: 4 days ago (2026-11-20 12:00 UTC)",
        "New image created: 1 day ago (2026-11-23 12:00 UTC)",
        "Size: 45.2 MB compressed, 192.0 MB unpacked",
        "Layers: 3",
        "Platforms: linux/amd64, linux/arm64/v8",
        "Source: https://github.com/nginx/docker",
        "Version: 1.27.3",
        "Revision: 0123abc",
        "Licence: BSD-2-Clause",
        "Page: https://hub.docker.com/_/nginx",
        "Last checked: 2 minutes ago (2026-11-24 11:58 UTC)",
        "Credentials: /home/me/.docker/config.json",
      ].join("\n"),
    );
  });

  test.each<[status: string, text: string, knowledge: Knowledge, online?: boolean]>([
    ['The digest is that of the tag "1.27".', NGINX, FRESH],
    ["The registry no longer has the pinned digest.", NGINX, checked("gone", NEW)],
    ['The registry has neither the pinned digest nor the tag "1.27".', NGINX, checked("gone")],
    ["The settings ignore this image.", NGINX, { ignoredBySetting: true }],
    [
      'A "dockpin: ignore" comment leaves this image alone.',
      NGINX.replace(";\n    hash", "; # dockpin: ignore\n    hash"),
      {},
    ],
    [
      "docker.io answered 429; wait.",
      NGINX,
      { failure: { code: "registry-rate-limited", message: "docker.io answered 429; wait." } },
    ],
    ["The digest is missing.", NGINX.replace(OLD, ""), {}],
    ["The hash is missing, or a placeholder.", NGINX.replace(/hash = ".*"/, 'hash = ""'), {}],
    [
      'docker.io wants a sign-in; sign in. "dockpin login-status nginx:1.27" tells which credentials are used.',
      NGINX,
      { failure: { code: "registry-unauthorized", message: "docker.io wants a sign-in; sign in." } },
    ],
    ["The registry is being asked where the tag points to.", NGINX, { activity: { kind: "checking" } }],
    ['Not compared with the tag "1.27": in Restricted Mode no registry is asked.', NGINX, {}, false],
  ])("%s", (status, text, knowledge, online = true) => {
    expect(shown(opened(on("imageName", text), knowledge), { online }).split("\n")[0]).toBe(status);
  });

  test("the right hash after a verification that found another", () => {
    const [status] = shown(opened(on("hash"), both(FRESH, wrongHash(NEW)))).split("\n");
    const sri = `sha256-${Buffer.from(NEW.slice("sha256:".length), "hex").toString("base64")}`;
    expect(status).toBe(`The hash is not that of the pinned image for linux/amd64, which is "${sri}".`);
  });

  test.each<[created: string | null, shown: string | undefined]>([
    ["1970-01-01T00:00:00Z", "reproducible (epoch)"],
    ["1970-01-01T00:00:01Z", "reproducible (epoch)"],
    ["1980-01-01T00:00:01Z", "reproducible (epoch)"],
    ["0001-01-01T00:00:00Z", "reproducible (epoch)"],
    ["1980-02-01T00:00:00Z", "46 years ago (1980-02-01 00:00 UTC)"],
    ["2026-11-24T11:59:30.123456789Z", "just now (2026-11-24 11:59 UTC)"],
    ["2026-11-24T13:00:00+02:00", "1 hour ago (2026-11-24 11:00 UTC)"],
    ["2026-11-25T12:00:00Z", "just now (2026-11-25 12:00 UTC)"],
    ["yesterday", undefined],
    [null, undefined],
  ])("created %s", (created, expected) => {
    expect(rows({ facts: facts({ created }) })["Created"]).toBe(expected);
  });

  test("the fresh digest is that of the tag", () => {
    expect(rows(FRESH)["Digest of the tag"]).toBe(shortDigest(OLD));
  });

  test("the platform that is stated", () => {
    expect(rows({}, NGINX.replace("hash", 'arch = "arm64";\n    hash'))["Platform"]).toBe("linux/arm64");
  });

  test("of an index without the platform, what it has instead", () => {
    const none = facts({
      kind: "index",
      created: null,
      compressedSize: null,
      layers: null,
      platforms: ["linux/arm64"],
    });
    expect(Object.keys(rows({ facts: none }))).toEqual(["Image", "Platform", "Pinned digest", "Platforms", "Page"]);
  });

  test("not more platforms than one reads", () => {
    const platforms = Array.from({ length: 40 }, (_, index) => `linux/arch${index}`);
    expect(rows({ facts: facts({ kind: "index", platforms }) })["Platforms"]).toMatch(
      /^linux\/arch0, .*linux\/arch11 and 28 more$/,
    );
  });

  test.each<[label: string, value: string, row: string, shown: string | undefined]>([
    ["org.opencontainers.image.source", "javascript:alert(1)", "Source", "javascript:alert(1)"],
    ["org.label-schema.vcs-url", "https://example.org/app", "Source", "https://example.org/app"],
    ["org.opencontainers.image.version", "  ", "Version", undefined],
    ["org.opencontainers.image.version", "1.0\n\u001b[31m", "Version", "1.0 [31m"],
    ["org.opencontainers.image.licenses", "x".repeat(1000), "Licence", `${"x".repeat(399)}…`],
  ])("the label %s of %j", (label, value, row, expected) => {
    expect(rows({ facts: facts({ labels: { [label]: value } }) })[row]).toBe(expected);
  });

  test("of a pin whose name is computed", () => {
    const text = NGINX.replace('"nginx"', "pkgs.name");
    expect(shown(opened(on("imageDigest", text)))).toMatch(
      /^imageName cannot be read: .*\n\nImage: its name is computed$/,
    );
  });
});

describe("as Markdown", () => {
  test("a table under a sentence", () => {
    const known: Knowledge = both(STALE, { facts: facts({ labels: { "org.opencontainers.image.version": "a|b`c" } }) });
    expect(shown(opened(on("imageDigest"), known), { markdown: true })).toBe(
      [
        'The tag "1.27" points to another image now.',
        "",
        "| Image | `docker.io/library/nginx:1.27` |",
        "| --- | --- |",
        "| Platform | `linux/amd64` (not stated) |",
        `| Pinned digest | \`${shortDigest(OLD)}\` |`,
        `| Digest of the tag | \`${shortDigest(NEW)}\` |`,
        "| Created | 4 days ago (2026-11-20 12:00 UTC) |",
        "| Size | 45.2 MB compressed |",
        "| Layers | 3 |",
        "| Version | ``a\\|b`c`` |",
        "| Page | [`https://hub.docker.com/_/nginx`](<https://hub.docker.com/_/nginx>) |",
        "| Last checked | 2 minutes ago (2026-11-24 11:58 UTC) |",
      ].join("\n"),
    );
  });

  test("each digest can be copied whole where the client can", () => {
    const text = shown(opened(on("imageDigest"), STALE), { markdown: true, copyCommand: "dockpin.copy" });
    for (const digest of [OLD, NEW]) {
      expect(text).toContain(
        `\`${shortDigest(digest)}\` [Copy](<command:dockpin.copy?${encodeURIComponent(JSON.stringify([digest]))}>)`,
      );
    }
    expect(shown(opened(on("imageDigest"), STALE), { copyCommand: "dockpin.copy" })).not.toContain("command:");
  });
});
