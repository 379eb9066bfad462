import { describe, expect, test } from "vitest";
import { DiagnosticSeverity } from "vscode-languageserver-types";
import { DIAGNOSTIC_CODES, type DiagnosticCode } from "../../../../server/src/lsp/diagnostic-codes.ts";
import { diagnostics } from "../../../../server/src/lsp/features/diagnostics.ts";
import type { KnownHash } from "../../../../server/src/lsp/features/known-hash.ts";
import { type Digest, digestFromHex, shortDigest } from "../../../../server/src/oci/digest.ts";
import {
  both,
  CONTAINER,
  checked,
  FRESH,
  facts,
  type Knowledge,
  NEW,
  NGINX,
  OLD,
  type Opened,
  opened,
  SETTINGS,
  SRI,
  STALE,
  textIn,
  wrongHash,
} from "./harness.ts";

/** The digest of nothing, which `SRI` is. */
const HASH = digestFromHex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
const PLACEHOLDER = `sha256-${"A".repeat(43)}=`;
const INDEX = { facts: facts({ kind: "index" }) };
const withoutLine = (name: string) => NGINX.replace(new RegExp(`^.* ${name} =.*\n`, "m"), "");
const arch = (value: string) => NGINX.replace("    hash", `    arch = "${value}";\n    hash`);
const noPlatform = { code: "platform-missing", message: "There is no linux/s390x." } as const;

const { Error: ERROR, Warning: WARNING, Information: INFORMATION, Hint: HINT } = DiagnosticSeverity;

interface Row {
  readonly title: string;
  readonly text: string;
  readonly knowledge?: Knowledge;
  readonly code: DiagnosticCode;
  readonly severity: DiagnosticSeverity;
  /** What is underlined. */
  readonly at: string;
}

const ROWS: readonly Row[] = [
  {
    title: "the tag moved",
    text: NGINX,
    knowledge: STALE,
    code: "stale-digest",
    severity: INFORMATION,
    at: `"${OLD}"`,
  },
  {
    title: "no digest",
    text: withoutLine("imageDigest"),
    code: "missing-digest",
    severity: WARNING,
    at: "{",
  },
  {
    title: "an empty digest",
    text: NGINX.replace(OLD, ""),
    code: "missing-digest",
    severity: WARNING,
    at: '""',
  },
  { title: "no hash", text: withoutLine("hash"), code: "missing-hash", severity: WARNING, at: "{" },
  {
    title: "an empty hash",
    text: NGINX.replace(SRI, ""),
    code: "placeholder-hash",
    severity: WARNING,
    at: 'hash = "";',
  },
  {
    title: "lib.fakeHash",
    text: NGINX.replace(`"${SRI}"`, "pkgs.lib.fakeHash"),
    code: "placeholder-hash",
    severity: WARNING,
    at: "hash = pkgs.lib.fakeHash;",
  },
  {
    title: "a hash of zeros",
    text: NGINX.replace(SRI, PLACEHOLDER),
    code: "placeholder-hash",
    severity: WARNING,
    at: `hash = "${PLACEHOLDER}";`,
  },
  {
    title: "the registry lost the digest",
    text: NGINX,
    knowledge: checked("gone", NEW),
    code: "digest-gone",
    severity: WARNING,
    at: `"${OLD}"`,
  },
  {
    title: "an update learned that the digest is gone",
    text: NGINX,
    knowledge: { failure: { code: "digest-gone", message: "Gone." } },
    code: "digest-gone",
    severity: WARNING,
    at: `"${OLD}"`,
  },
  {
    title: "the index lacks the platform",
    text: arch("s390x"),
    knowledge: checked("unknown", null, noPlatform),
    code: "platform-missing",
    severity: WARNING,
    at: 'arch = "s390x";',
  },
  {
    title: "the pinned index lacks the platform",
    text: arch("s390x"),
    knowledge: { facts: facts({ kind: "index", layers: null, platforms: ["linux/amd64"] }) },
    code: "platform-missing",
    severity: WARNING,
    at: 'arch = "s390x";',
  },
  {
    title: "the platform is in Nix's words",
    text: arch("x86_64"),
    code: "platform-missing",
    severity: WARNING,
    at: 'arch = "x86_64";',
  },
  {
    title: "a digest that is too short",
    text: NGINX.replace(OLD, "sha256:12"),
    code: "malformed-digest",
    severity: ERROR,
    at: '"sha256:12"',
  },
  {
    title: "a sha512 digest",
    text: NGINX.replace(OLD, `sha512:${"0".repeat(128)}`),
    code: "malformed-digest",
    severity: ERROR,
    at: `"sha512:${"0".repeat(128)}"`,
  },
  {
    title: "a hash that is none",
    text: NGINX.replace(SRI, "sha256-12"),
    code: "malformed-hash",
    severity: ERROR,
    at: 'hash = "sha256-12";',
  },
  {
    title: "a tag in the name",
    text: NGINX.replace('"nginx"', '"nginx:1.27"'),
    code: "malformed-reference",
    severity: ERROR,
    at: 'imageName = "nginx:1.27";',
  },
  {
    title: "a tag that is none",
    text: NGINX.replace('"1.27"', '"one two"'),
    code: "malformed-reference",
    severity: ERROR,
    at: 'finalImageTag = "one two";',
  },
  {
    title: "a verification found another hash",
    text: NGINX,
    knowledge: both(FRESH, wrongHash(NEW)),
    code: "hash-mismatch",
    severity: ERROR,
    at: `hash = "${SRI}";`,
  },
  {
    title: "an index without arch",
    text: NGINX,
    knowledge: INDEX,
    code: "host-dependent-hash",
    severity: HINT,
    at: `hash = "${SRI}";`,
  },
  {
    title: "arch is set on what the call gives",
    text: NGINX.replace("  };\n", '  } // { arch = "arm64"; };\n'),
    code: "ineffective-override",
    severity: WARNING,
    at: '// { arch = "arm64"; }',
  },
  {
    title: "the same in parentheses, beside what has an effect",
    text: NGINX.replace("= pkgs", "= (pkgs").replace("  };\n", "  }) // { passthru = { }; os = x; };\n"),
    code: "ineffective-override",
    severity: WARNING,
    at: "// { passthru = { }; os = x; }",
  },
  {
    title: "a container's image is not what its file loads",
    text: CONTAINER.replace('"nginx:1.27"', '"nginx:1.26"'),
    code: "container-image-differs",
    severity: INFORMATION,
    at: '"nginx:1.26"',
  },
  {
    title: "no tag is named",
    text: withoutLine("finalImageTag"),
    code: "floating-tag",
    severity: HINT,
    at: 'imageName = "nginx";',
  },
  {
    title: "a tag that every release moves",
    text: NGINX.replace("1.27", "stable"),
    code: "floating-tag",
    severity: HINT,
    at: 'finalImageTag = "stable";',
  },
];

describe("what is said, and where", () => {
  test.each(ROWS)("$code: $title", ({ text, knowledge = {}, code, severity, at }) => {
    const place = opened(text, knowledge);
    const found = diagnosticsOf(place);
    expect(found.map((one) => one.code)).toEqual([code]);
    expect(found[0]).toMatchObject({ severity, source: "dockpin", message: expect.stringMatching(/^.+\.$/) });
    expect(textIn(place, found[0]!.range)).toBe(at);
    expect(found[0]?.codeDescription?.href).toBe(
      `https://github.com/dockpin/dockpin/blob/main/docs/diagnostics/${code}.md`,
    );
  });

  test("every code has a row, but one that has its own table", () => {
    const covered = new Set<string>([...ROWS.map(({ code }) => code), "final-name-changes-hash"]);
    expect(DIAGNOSTIC_CODES.filter((code) => !covered.has(code))).toEqual([]);
  });

  test("the message of a stale digest names the tag and both digests", () => {
    const [{ message } = { message: "" }] = diagnosticsOf(opened(NGINX, STALE));
    expect(message).toBe(`The tag "1.27" moved from ${shortDigest(OLD)} to ${shortDigest(NEW)}.`);
  });

  test("a stale pin that would become an index is of one", () => {
    const newFacts = facts({ kind: "index", digest: NEW });
    const found = diagnosticsOf(opened(NGINX, both(STALE, { newFacts })));
    expect(found.map(({ code }) => code)).toEqual(["stale-digest", "host-dependent-hash"]);
  });

  test("several things about one pin are said each", () => {
    const found = diagnosticsOf(opened(NGINX.replace(OLD, "").replace(SRI, "sha256-12").replace("1.27", "latest")));
    expect(found.map(({ code }) => code)).toEqual(["missing-digest", "malformed-hash", "floating-tag"]);
  });
});

describe("nothing is said", () => {
  test.each<[title: string, text: string, knowledge: Knowledge]>([
    ["of a complete pin that was not checked", NGINX, {}],
    ["of a fresh pin", NGINX, FRESH],
    ["of an ignored pin", NGINX.replace('"nginx";', '"nginx:1"; # dockpin: ignore'), {}],
    ["of a pin that the settings ignore", NGINX, both(STALE, { ignoredBySetting: true })],
    ["when the registry could not be asked", NGINX, { failure: { code: "registry-timeout", message: "Slow." } }],
    [
      "of a fresh pin whose tag's index was read",
      NGINX,
      both(FRESH, { newFacts: facts({ kind: "index", digest: NEW }) }),
    ],
    ["of an index with arch", arch("amd64"), INDEX],
    ["of an image without arch", NGINX, { facts: facts() }],
    ["of facts of another digest", NGINX, { facts: facts({ kind: "index", digest: NEW }) }],
    ["of what is computed", NGINX.replace('"nginx"', "x").replace(`"${OLD}"`, "y").replace(`"${SRI}"`, "z"), {}],
    ["of a set with a syntax error", NGINX.replace('"nginx"', '= "nginx:1"'), {}],
    ["of what is added to a result and takes effect", NGINX.replace("  };\n", "  } // { passthru = { }; };\n"), {}],
  ])("%s", (_, text, knowledge) => {
    expect(diagnosticsOf(opened(text, knowledge))).toEqual([]);
  });

  test.each(DIAGNOSTIC_CODES)("of %s when it is switched off", (off) => {
    const settings = { diagnostics: { ...SETTINGS.diagnostics, [off]: false } };
    for (const { text, knowledge = {}, code } of ROWS) {
      const { document, views } = opened(text, knowledge);
      expect(diagnostics(document, views, settings, []).map((one) => one.code)).toEqual(code === off ? [] : [code]);
    }
  });
});

describe("final-name-changes-hash: the stated hash is known to be for another final name or tag", () => {
  const known = (finalImageName: string, finalImageTag: string, more: Partial<KnownHash> = {}): KnownHash => ({
    ...{ imageDigest: OLD, hash: HASH, finalImageName, finalImageTag },
    ...more,
  });

  test.each<[title: string, knownHashes: readonly KnownHash[], said: string | null]>([
    ["another tag", [known("nginx", "1.26")], '"nginx:1.26"'],
    ["another name", [known("proxy", "1.27")], '"proxy:1.27"'],
    ["this name and tag", [known("nginx", "1.27")], null],
    ["the same name in full", [known("docker.io/library/nginx", "1.27")], null],
    ["this one too", [known("nginx", "1.26"), known("nginx", "1.27")], null],
    ["another hash", [known("nginx", "1.26", { hash: NEW as Digest })], null],
    ["another digest", [known("nginx", "1.26", { imageDigest: NEW })], null],
    ["nothing", [], null],
  ])("known for %s", (_, knownHashes, said) => {
    const { document, views } = opened(NGINX);
    const found = diagnostics(document, views, SETTINGS, knownHashes);
    expect(found.map(({ code, severity }) => [code, severity])).toEqual(
      said === null ? [] : [["final-name-changes-hash", HINT]],
    );
    if (said !== null) expect(found[0]?.message).toContain(said);
  });
});

function diagnosticsOf({ document, views }: Opened) {
  return diagnostics(document, views, SETTINGS, []);
}
