import { describe, expect, test } from "vitest";
import {
  type Diagnostic,
  DiagnosticSeverity,
  type Position,
  type PublishDiagnosticsParams,
} from "vscode-languageserver-protocol";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { DiagnosticCode } from "../../server/src/lsp/diagnostic-codes.ts";
import { SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { EDITS_ONLY, FULL } from "../support/lsp/capabilities.ts";
import { ALPINE, codesOf, FRESH, GONE_DIGEST, PROXY, STALE_DIGEST, STALE_HASH, session } from "./harness.ts";

const { Error: ERROR, Warning: WARNING, Information: INFORMATION, Hint: HINT } = DiagnosticSeverity;
const HASH_LINE = `  hash = "${STALE_HASH}";\n`;
const DIGEST_LINE = `  imageDigest = "${STALE_DIGEST}";\n`;
const FAKE_HASH = `sha256-${"A".repeat(43)}=`;

/** The first pin of the list. */
const ONE_PROXY = `${PROXY.slice(0, PROXY.indexOf("  }\n"))}  }\n]\n`;

interface Row {
  readonly code: DiagnosticCode;
  readonly text: string;
  readonly severity: DiagnosticSeverity;
  /** What is underlined, among other things. */
  readonly at: string;
  /** Known without a registry. */
  readonly offline?: boolean;
}

const ROWS: readonly Row[] = [
  { code: "stale-digest", text: ALPINE, severity: INFORMATION, at: `"${STALE_DIGEST}"` },
  {
    code: "missing-digest",
    text: ALPINE.replace(DIGEST_LINE, "").replace(HASH_LINE, ""),
    severity: WARNING,
    at: "{",
    offline: true,
  },
  {
    code: "missing-hash",
    text: ALPINE.replace(HASH_LINE, ""),
    severity: WARNING,
    at: "{",
    offline: true,
  },
  {
    code: "placeholder-hash",
    text: ALPINE.replace(STALE_HASH, FAKE_HASH),
    severity: WARNING,
    at: `"${FAKE_HASH}"`,
    offline: true,
  },
  { code: "digest-gone", text: ALPINE.replace(STALE_DIGEST, GONE_DIGEST), severity: WARNING, at: `"${GONE_DIGEST}"` },
  {
    code: "platform-missing",
    text: ONE_PROXY.replace('arch = "amd64"', 'arch = "s390x"'),
    severity: WARNING,
    at: '"s390x"',
  },
  {
    code: "malformed-digest",
    text: ALPINE.replace(STALE_DIGEST, "sha256:1234"),
    severity: ERROR,
    at: '"sha256:1234"',
    offline: true,
  },
  {
    code: "malformed-hash",
    text: ALPINE.replace(STALE_HASH, "sha256-1234"),
    severity: ERROR,
    at: '"sha256-1234"',
    offline: true,
  },
  {
    code: "malformed-reference",
    text: ALPINE.replace('"alpine"', '"Alpine:3.20"'),
    severity: ERROR,
    at: '"Alpine:3.20"',
    offline: true,
  },
];

describe("what each code says, and where", () => {
  test.each(ROWS)("$code", async ({ code, text, severity, at, offline = false }) => {
    const place = await session({ "a.nix": text }, { settings: { check: { onOpen: !offline } } });
    await place.open("a.nix");
    const found = await place.untilDiagnostic("a.nix", code);
    expect(found).toMatchObject({ severity, source: "dockpin", message: expect.stringMatching(/\S/) });
    const { start, end } = found.range;
    expect(textBetween(place.text("a.nix"), start, end)).toContain(at);
    const page = found.codeDescription?.href ?? "";
    expect(page).toMatch(new RegExp(`^https://.*/docs/diagnostics/${code}(\\.md)?$`));
    if (offline) expect(place.registry.requests).toEqual([]);
  });

  test.each(ROWS)("$code can be switched off", async ({ code, text }) => {
    const place = await session({ "a.nix": text });
    await place.open("a.nix");
    const others = codesOf(await place.diagnosticsWith("a.nix", code)).filter((one) => one !== code);
    await place.configure(place.settings({ diagnostics: { [code]: false } }));
    await place.untilCodes("a.nix", ...others);
  });

  test("a fresh pin has none, and one that moved has none but that", async () => {
    const place = await session({ "a.nix": FRESH, "b.nix": ALPINE });
    await place.open("a.nix");
    await place.open("b.nix");
    await place.untilCodes("b.nix", "stale-digest");
    await place.untilTitles("a.nix", "Up to date");
    expect(await place.diagnostics("a.nix")).toEqual([]);
  });

  test("the message of a stale digest names the tag and both digests, short", async () => {
    const place = await session({ "a.nix": ALPINE });
    await place.open("a.nix");
    const [stale] = await place.untilCodes("a.nix", "stale-digest");
    const current = place.content.get("library/alpine")?.tags.get("3.20");
    expect(stale?.message).toContain("3.20");
    expect(stale?.message).toContain(STALE_DIGEST.slice("sha256:".length, "sha256:".length + 12));
    expect(stale?.message).toContain(current?.slice("sha256:".length, "sha256:".length + 12));
  });

  test("hash-mismatch only after a verify", async () => {
    const text = FRESH.replace(/hash = "[^"]*"/, `hash = "${STALE_HASH}"`);
    const place = await session({ "a.nix": text });
    await place.open("a.nix");
    await place.untilTitles("a.nix", "Up to date");
    expect(codesOf(await place.diagnostics("a.nix"))).toEqual([]);
    const [pin] = await place.pins();
    await place.execute(SERVER_COMMANDS.verifyPin, pin?.argument);
    const [mismatch] = await place.untilCodes("a.nix", "hash-mismatch");
    expect(mismatch).toMatchObject({ severity: ERROR });
    expect(mismatch?.range.start).toEqual(place.at("a.nix", "hash ="));
  });

  test("floating-tag only when asked for", async () => {
    const text = ALPINE.replace('finalImageTag = "3.20"', 'finalImageTag = "latest"');
    const place = await session({ "a.nix": text, "b.nix": text }, { settings: { check: { onOpen: false } } });
    await place.open("a.nix");
    expect(codesOf(await place.diagnostics("a.nix"))).toEqual([]);
    await place.configure(place.settings({ check: { onOpen: false }, diagnostics: { "floating-tag": true } }));
    const [floating] = await place.untilCodes("a.nix", "floating-tag");
    expect(floating?.severity).toBe(HINT);
  });

  test("host-dependent-hash on an index digest without arch", async () => {
    const text = ONE_PROXY.replace('    arch = "amd64";\n', "");
    const place = await session({ "a.nix": text });
    await place.open("a.nix");
    const found = await place.untilDiagnostic("a.nix", "host-dependent-hash");
    expect(found.severity).toBe(HINT);
  });

  test("ineffective-override where a set is added to the call's result", async () => {
    const text = `{ pullImage }:\n(pullImage {\n  imageName = "alpine";\n${DIGEST_LINE}${HASH_LINE}  finalImageTag = "3.20";\n}) // { arch = "arm64"; }\n`;
    const place = await session({ "a.nix": text }, { settings: { check: { onOpen: false } } });
    await place.open("a.nix");
    const found = await place.untilDiagnostic("a.nix", "ineffective-override");
    expect(place.text("a.nix").split("\n")[found.range.start.line]).toContain('// { arch = "arm64"; }');
  });
});

describe("how they come", () => {
  test("a client that pulls is asked to pull again, and nothing is pushed", async () => {
    const place = await session({ "a.nix": ALPINE }, { capabilities: FULL });
    await place.open("a.nix");
    await place.untilCodes("a.nix", "stale-digest");
    expect(place.sent("textDocument/publishDiagnostics")).toEqual([]);
  });

  test("a client that pulls but can't be told when is sent them", async () => {
    const capabilities = { ...FULL, workspace: { ...FULL.workspace, diagnostics: {} } };
    const place = await session({ "a.nix": ALPINE }, { capabilities });
    await place.open("a.nix");
    await place.untilCodes("a.nix", "stale-digest");
    expect(place.sent("textDocument/publishDiagnostics")).not.toEqual([]);
  });

  test("a client that does not is sent them, with the version that they are for", async () => {
    const place = await session({ "a.nix": ALPINE }, { capabilities: EDITS_ONLY });
    const uri = await place.open("a.nix");
    expect(place.initializeResult.capabilities.diagnosticProvider).toBeUndefined();
    await place.untilCodes("a.nix", "stale-digest");
    await place.replace("a.nix", STALE_DIGEST, "sha256:1234");
    await place.untilCodes("a.nix", "malformed-digest");
    expect(place.sent<PublishDiagnosticsParams>("textDocument/publishDiagnostics").at(-1)).toMatchObject({
      uri,
      version: 2,
    });
  });

  test("a document that closes takes those that were pushed with it", async () => {
    const place = await session({ "a.nix": ALPINE }, { capabilities: EDITS_ONLY });
    await place.open("a.nix");
    await place.untilCodes("a.nix", "stale-digest");
    await place.close("a.nix");
    await place.untilCodes("a.nix");
  });

  test("however fast one types, the last answer is right", async () => {
    const place = await session({ "a.nix": ALPINE }, { settings: { check: { onOpen: false } } });
    await place.open("a.nix");
    const answers: Promise<readonly Diagnostic[]>[] = [];
    for (const digest of ["", STALE_DIGEST, "sha256:1234"]) {
      await place.replace("a.nix", /imageDigest = "[^"]*"/.exec(place.text("a.nix"))![0], `imageDigest = "${digest}"`);
      answers.push(place.diagnostics("a.nix"));
    }
    expect(codesOf((await Promise.all(answers)).at(-1)!)).toEqual(["malformed-digest"]);
  });
});

function textBetween(text: string, start: Position, end: Position): string {
  const document = TextDocument.create("file:///a.nix", "nix", 1, text);
  return document.getText({ start, end });
}
