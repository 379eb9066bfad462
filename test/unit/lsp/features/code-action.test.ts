import { describe, expect, test } from "vitest";
import type { CodeAction, Diagnostic } from "vscode-languageserver-types";
import {
  type CodeActionData,
  type CodeActionOptions,
  codeActions,
  FIX_ALL_KIND,
  fixAllPins,
} from "../../../../server/src/lsp/features/code-action.ts";
import { diagnostics } from "../../../../server/src/lsp/features/diagnostics.ts";
import type { KnownHash } from "../../../../server/src/lsp/features/known-hash.ts";
import { SERVER_COMMANDS } from "../../../../server/src/lsp/protocol.ts";
import { digestFromHex } from "../../../../server/src/oci/digest.ts";
import {
  BASE32,
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
  URI,
  wrongHash,
} from "./harness.ts";

const OPTIONS: CodeActionOptions = { online: true, resolvesEdit: true, showsDisabled: true };
const HASH = digestFromHex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
const KNOWN: KnownHash = { imageDigest: OLD, hash: HASH, finalImageName: "nginx", finalImageTag: "1.26" };

interface Asked {
  readonly only?: string[];
  readonly options?: Partial<CodeActionOptions>;
  readonly knownHashes?: readonly KnownHash[];
  /** What the client sends along; all that there are unless given. */
  readonly diagnostics?: Diagnostic[];
}

/** What the light bulb offers at the cursor. */
function offered({ document, views, text, cursor }: Opened, asked: Asked = {}): CodeAction[] {
  const context = {
    diagnostics: asked.diagnostics ?? diagnostics(document, views, SETTINGS, asked.knownHashes ?? []),
    ...(asked.only === undefined ? {} : { only: asked.only }),
  };
  const shown = { document, views, textOf: () => text };
  return codeActions(shown, { start: cursor, end: cursor }, context, { ...OPTIONS, ...asked.options });
}

function at(text: string, knowledge: Knowledge = {}): Opened {
  return opened(text.replace("imageDigest", "image¦Digest"), knowledge);
}

const titles = (actions: readonly CodeAction[]) => actions.map(({ title }) => title);
const dataOf = (action: CodeAction | undefined) => action?.data as CodeActionData | undefined;

describe("the preferred fix of each diagnostic", () => {
  const update = { kind: "update" } as const;
  const offline = (fix: string) => ({ kind: "offline", fix });
  const line = (name: string) => new RegExp(`^.* ${name} =.*\n`, "m");
  const withArch = (arch: string) => NGINX.replace("    hash", `    arch = "${arch}";\n    hash`);

  test.each<[code: string, title: string, data: object, text: string, knowledge?: Knowledge]>([
    ["stale-digest", "Update digest and hash", update, NGINX, STALE],
    ["digest-gone", "Update digest and hash", update, NGINX, checked("gone", NEW)],
    ["missing-digest", "Add digest and hash", update, NGINX.replace(OLD, "")],
    ["missing-hash", "Add hash", update, NGINX.replace(line("hash"), "")],
    ["placeholder-hash", "Add hash", update, NGINX.replace(SRI, "")],
    ["malformed-digest", "Update digest and hash", update, NGINX.replace(OLD, "sha256:1")],
    ["malformed-hash", "Update digest and hash", update, NGINX.replace(SRI, "sha256-1")],
    ["hash-mismatch", "Write the computed hash", offline("write-computed-hash"), NGINX, both(FRESH, wrongHash(NEW))],
    [
      "malformed-reference",
      'Change imageName to "ghcr.io/org/app"',
      offline("mend-name"),
      NGINX.replace('"nginx"', '"ghcr.io/org/app:1"'),
    ],
    ["platform-missing", 'Change arch to "amd64"', offline("mend-platform"), withArch("x86_64")],
    ["host-dependent-hash", 'Add arch = "amd64"', offline("add-arch"), NGINX, { facts: facts({ kind: "index" }) }],
    [
      "ineffective-override",
      "Move it into the call",
      offline("move-override"),
      NGINX.replace("  };\n", '  } // { arch = "arm64"; };\n'),
    ],
    [
      "container-image-differs",
      'Change image to "nginx:1.27"',
      offline("mend-container-image"),
      CONTAINER.replace('"nginx:1.27"', '"docker.io/nginx:1.26"'),
    ],
    ["final-name-changes-hash", "Compute the hash of nginx:1.27", { kind: "rehash" }, NGINX],
  ])("%s: %s", (code, title, data, text, knowledge = {}) => {
    const knownHashes = code === "final-name-changes-hash" ? [KNOWN] : [];
    const preferred = offered(at(text, knowledge), { knownHashes }).filter(({ isPreferred }) => isPreferred);
    expect(titles(preferred)).toEqual([title]);
    expect(preferred[0]?.kind).toBe("quickfix");
    expect(preferred[0]?.diagnostics?.map((one) => one.code)).toEqual([code]);
    expect(preferred[0]?.edit).toBeUndefined();
    expect(dataOf(preferred[0])).toEqual({ ...data, pin: { uri: URI, version: 7, id: "pin 0" } });
  });

  test.each<[code: string, text: string, knowledge: Knowledge]>([
    ["floating-tag", NGINX.replace("1.27", "latest"), {}],
    [
      "platform-missing",
      withArch("s390x"),
      checked("unknown", null, { code: "platform-missing", message: "There is no such platform." }),
    ],
  ])("%s has none, but the image can be ignored", (code, text, knowledge) => {
    const ignore = offered(at(text, knowledge)).find(({ title }) => title === "Ignore this image");
    expect(ignore).toMatchObject({ kind: "quickfix", data: { kind: "offline", fix: "ignore" } });
    expect(ignore?.diagnostics?.map((one) => one.code)).toEqual([code]);
    expect(offered(at(text, knowledge)).filter(({ isPreferred, kind }) => isPreferred && kind === "quickfix")).toEqual(
      [],
    );
  });
});

describe("all that is offered", () => {
  const REFACTOR = [
    ["Update digest and hash", "refactor.rewrite"],
    ["Verify hash", "refactor"],
    ["Ignore this image", "refactor.rewrite"],
  ];

  test.each<[title: string, text: string, knowledge: Knowledge, actions: string[][]]>([
    ["before a check", NGINX, {}, REFACTOR],
    ["when the pin is fresh", NGINX, FRESH, REFACTOR.slice(1)],
    [
      "when it is stale",
      NGINX,
      STALE,
      [
        ["Update digest and hash", "quickfix"],
        ["Verify hash", "refactor"],
        ["Ignore this image", "quickfix"],
      ],
    ],
    [
      "for a hash of the old kind",
      NGINX.replace(`hash = "${SRI}"`, `sha256 = "${BASE32}"`),
      FRESH,
      [
        ["Verify hash", "refactor"],
        ['Convert to hash = "sha256-…"', "refactor.rewrite"],
        ["Ignore this image", "refactor.rewrite"],
      ],
    ],
    [
      "for a bare hash that Nix refuses",
      NGINX.replace(SRI, BASE32),
      {},
      [
        ["Update digest and hash", "quickfix"],
        ['Convert to hash = "sha256-…"', "quickfix"],
        ["Ignore this image", "quickfix"],
      ],
    ],
    [
      "when digest and tag are gone",
      NGINX,
      checked("gone"),
      [
        ["Verify hash", "refactor"],
        ["Ignore this image", "quickfix"],
      ],
    ],
    ["for a pin that is ignored", NGINX, { ignoredBySetting: true }, []],
    ["for a name that is computed", NGINX.replace('"nginx"', "name"), {}, [["Ignore this image", "refactor.rewrite"]]],
  ])("%s", (_, text, knowledge, actions) => {
    expect(offered(at(text, knowledge)).map(({ title, kind }) => [title, kind])).toEqual(actions);
  });

  test("an update that can't be, with the reason", () => {
    const computed = NGINX.replace(`"${SRI}"`, "pkgs.hash");
    const [update] = offered(at(computed));
    expect(update).toMatchObject({
      title: "Update digest and hash",
      disabled: { reason: expect.stringContaining("hash cannot be read") },
    });
    expect(update).not.toHaveProperty("data");
    expect(update).not.toHaveProperty("isPreferred");
    expect(titles(offered(at(computed), { options: { showsDisabled: false } }))).toEqual(["Ignore this image"]);
  });

  test("in Restricted Mode, what needs no registry", () => {
    const actions = offered(at(NGINX, STALE), { options: { online: false } });
    expect(actions.map(({ title, disabled }) => [title, disabled?.reason])).toEqual([
      ["Update digest and hash", "The workspace must be trusted first."],
      ["Ignore this image", undefined],
    ]);
  });

  test("a command instead of an edit for a client that resolves none", () => {
    const [update] = offered(at(NGINX, STALE), { options: { resolvesEdit: false } });
    expect(update).toMatchObject({ command: { command: SERVER_COMMANDS.updatePin, arguments: [{ id: "pin 0" }] } });
    expect(update).not.toHaveProperty("data");
  });

  test("nothing that only an edit can do for such a client", () => {
    const asked = { knownHashes: [KNOWN], options: { resolvesEdit: false } };
    expect(titles(offered(at(NGINX), asked))).not.toContain("Compute the hash of nginx:1.27");
  });

  test("verifying is a command", () => {
    const verify = offered(at(NGINX)).find(({ title }) => title === "Verify hash");
    expect(verify?.command).toMatchObject({ command: SERVER_COMMANDS.verifyPin, arguments: [{ id: "pin 0" }] });
  });
});

describe("where and what for", () => {
  const call = (digest: string) =>
    `(pullImage { imageName = "nginx"; ${digest} = "${OLD}"; hash = "${SRI}"; finalImageTag = "1"; })`;
  const SECOND_OF_TWO = `[\n  ${call("imageDigest")}\n  ${call("image¦Digest")}\n]\n`;

  test("only the pin under the cursor, with its own diagnostics", () => {
    const place = opened(SECOND_OF_TWO, STALE);
    expect(place.views).toHaveLength(2);
    const update = offered(place).filter(({ title }) => title.startsWith("Update"));
    expect(update.map((one) => dataOf(one))).toMatchObject([{ pin: { id: "pin 1" } }]);
    expect(update[0]?.diagnostics?.map(({ code }) => code)).toEqual(["stale-digest"]);
  });

  test("a diagnostic is known by its place where the client has lost its data", () => {
    const place = opened(SECOND_OF_TWO, STALE);
    const sent = diagnostics(place.document, place.views, SETTINGS, []).map(({ data, ...kept }) => kept);
    expect(offered(place, { diagnostics: sent })[0]?.diagnostics).toEqual([sent[1]]);
  });

  test("others' diagnostics are theirs", () => {
    const other = diagnostics(at(NGINX, STALE).document, at(NGINX, STALE).views, SETTINGS, []).map((one) => ({
      ...one,
      source: "nil",
    }));
    expect(offered(at(NGINX), { diagnostics: other })[0]).toMatchObject({ kind: "refactor.rewrite" });
  });

  test("a variable that the pin reads counts as the pin", () => {
    const text = NGINX.replace('"nginx"', "name").replace("{ pkgs }:\n", '{ pkgs }:\nlet name = "ngi¦nx"; in\n');
    expect(titles(offered(opened(text, STALE)))).toContain("Update digest and hash");
  });

  test("nothing outside of pins", () => {
    expect(offered(opened(`¦${NGINX}`, STALE))).toEqual([]);
  });

  test.each<[only: string, kinds: string[]]>([
    ["quickfix", ["quickfix", "quickfix"]],
    ["refactor", ["refactor"]],
    ["refactor.rewrite", []],
    ["source", [FIX_ALL_KIND]],
    ["source.fixAll", [FIX_ALL_KIND]],
    [FIX_ALL_KIND, [FIX_ALL_KIND]],
    ["source.organizeImports", []],
  ])("only %s", (only, kinds) => {
    expect(offered(at(NGINX, STALE), { only: [only] }).map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe("fix all", () => {
  test.each<[title: string, knowledge: Knowledge, pins: number]>([
    ["what a check found stale", STALE, 1],
    ["what is gone, when its tag is there", checked("gone", NEW), 1],
    ["nothing when tag and digest are gone", checked("gone"), 0],
    ["nothing before a check, since that would be a request", {}, 0],
    ["nothing that is fresh", FRESH, 0],
    ["nothing that is ignored", both(STALE, { ignoredBySetting: true }), 0],
  ])("%s", (_, knowledge, pins) => {
    const place = at(NGINX, knowledge);
    expect(fixAllPins(place.views)).toHaveLength(pins);
    expect(offered(place, { only: [FIX_ALL_KIND] })).toHaveLength(pins);
  });

  test("is resolved later, for the document as it is", () => {
    const [action] = offered(at(NGINX, STALE), { only: [FIX_ALL_KIND] });
    expect(action).toEqual({
      title: "Update all stale images",
      kind: FIX_ALL_KIND,
      data: { kind: "fixAll", uri: URI, version: 7 },
    });
  });

  test.each(["online", "resolvesEdit"] as const)("not without %s", (option) => {
    expect(offered(at(NGINX, STALE), { only: [FIX_ALL_KIND], options: { [option]: false } })).toEqual([]);
  });
});
