import { describe, expect, test } from "vitest";
import { codeLenses, lensTitle, resolveCodeLens } from "../../../../server/src/lsp/features/code-lens.ts";
import { CLIENT_COMMANDS, SERVER_COMMANDS } from "../../../../server/src/lsp/protocol.ts";
import {
  both,
  checked,
  FRESH,
  type Knowledge,
  NEW,
  NGINX,
  OLD,
  opened,
  progress,
  SRI,
  STALE,
  URI,
  wrongHash,
} from "./harness.ts";

type Command = keyof typeof SERVER_COMMANDS;

const failed = (code: string, message: string): Knowledge => ({ failure: { code, message } as never });
const limited = failed("registry-rate-limited", "docker.io answered 429 (TOOMANYREQUESTS); wait.");
const computed = NGINX.replace('imageName = "nginx"', "imageName = pkgs.name");
const nix2container = NGINX.replace("pkgs.dockerTools", "pkgs.nix2container").replace("hash", "sha256");

describe("the title of a lens, and what its click does", () => {
  test.each<[title: string, does: Command, text: string, knowledge: Knowledge]>([
    ["Update digest and hash", "updatePin", NGINX, {}],
    ["Checking…", "cancelPin", NGINX, { activity: { kind: "checking" } }],
    [
      "Checking… waiting 12 s: docker.io is rate limiting",
      "cancelPin",
      NGINX,
      { activity: { kind: "checking", waiting: "waiting 12 s: docker.io is rate limiting" } },
    ],
    ["Prefetching…", "cancelPin", NGINX, { activity: { kind: "prefetching", progress: null } }],
    ["Prefetching…", "cancelPin", NGINX, { activity: { kind: "prefetching", progress: progress(0, 0) } }],
    ["Prefetching… 42 %", "cancelPin", NGINX, { activity: { kind: "prefetching", progress: progress(425, 1000) } }],
    ["Prefetching… 100 %", "cancelPin", NGINX, { activity: { kind: "prefetching", progress: progress(9, 8) } }],
    [
      "Prefetching… waiting 12 s: registry is rate limiting",
      "cancelPin",
      NGINX,
      { activity: { kind: "prefetching", progress: progress(1, 2, "waiting 12 s: registry is rate limiting") } },
    ],
    ["Verifying… 50 %", "cancelPin", NGINX, { activity: { kind: "verifying", progress: progress(1, 2) } }],
    ["Up to date", "checkPin", NGINX, FRESH],
    ["1.27 moved: update digest and hash", "updatePin", NGINX, STALE],
    ["Digest is gone: update digest and hash", "updatePin", NGINX, checked("gone", NEW)],
    ["Digest and tag 1.27 are gone: check again", "checkPin", NGINX, checked("gone")],
    [
      "Registry has no tag 1.27: check again",
      "checkPin",
      NGINX,
      checked("unknown", null, { code: "tag-not-found", message: "No such tag." }),
    ],
    ["Hash is wrong: update digest and hash", "updatePin", NGINX, both(FRESH, wrongHash(NEW))],
    ["Add digest and hash", "updatePin", NGINX.replace(/^.*(imageDigest|hash) =.*\n/gm, ""), {}],
    ["Add digest and hash", "updatePin", NGINX.replace(OLD, ""), {}],
    ["Add hash", "updatePin", NGINX.replace(/^.* hash =.*\n/m, ""), {}],
    ["Add hash", "updatePin", NGINX.replace(SRI, ""), {}],
    ["Update digest and hash", "updatePin", NGINX.replace(SRI, "sha256-123"), {}],
    ["Updates off", "explain", NGINX.replace('"nginx";', '"nginx"; # dockpin: ignore'), {}],
    ["Updates off", "explain", NGINX, both(STALE, { ignoredBySetting: true })],
    ["Cannot update: imageName is computed", "explain", computed, {}],
    ["Cannot update: hash is computed", "explain", NGINX.replace(`"${SRI}"`, "pkgs.hash"), {}],
    ["Cannot update: an attribute is defined twice", "explain", NGINX.replace("  };", '    hash = "";\n  };'), {}],
    ["Cannot update: imageName is not an image name", "explain", NGINX.replace('"nginx"', '"nginx:1"'), {}],
    ["Cannot update: the platform is unknown", "explain", NGINX.replace("hash", 'arch = "x86_64";\n    hash'), {}],
    ["Update digest and hash", "updatePin", nix2container, {}],
    ["Up to date", "checkPin", nix2container, FRESH],
    ["1.27 moved: update digest and hash", "updatePin", nix2container, STALE],
    ["Retry: registry answered 429", "checkPin", NGINX, limited],
    ["Retry: registry answered 429", "updatePin", NGINX, both(STALE, limited)],
    ["Retry: registry answered 503", "checkPin", NGINX, failed("registry-failed", "docker.io answered 503; wait.")],
    ["Retry: registry wants a sign-in", "checkPin", NGINX, failed("registry-unauthorized", "docker.io answered 401.")],
    [
      "Retry: registry cannot be reached",
      "checkPin",
      NGINX,
      checked("unknown", null, { code: "registry-unreachable", message: "No route." }),
    ],
    ["Cannot update: other pins read the same value", "explain", NGINX, failed("value-shared", "Line 3 reads it too.")],
  ])("%s", (title, does, text, knowledge) => {
    const { document, views, view } = opened(text, knowledge);
    const [lens] = codeLenses(document, views);
    const { command } = resolveCodeLens(lens!, { views: [view] }, true);
    expect(command).toMatchObject({ title, command: SERVER_COMMANDS[does] });
    if (does !== "explain") expect(command?.arguments).toEqual([{ uri: URI, version: 7, id: view.id }]);
  });

  test.each<[page: string, text: string, knowledge?: Knowledge]>([
    ["cannot-update", computed],
    ["malformed-reference", NGINX.replace('"nginx"', '"nginx:1"')],
    ["malformed-reference", NGINX.replace('"1.27"', '"-"')],
    ["platform-missing", NGINX.replace("hash", 'arch = "x86_64";\n    hash')],
    ["updates-off", NGINX, { ignoredBySetting: true }],
  ])("explains by the page %s", (page, text, knowledge = {}) => {
    const { document, views, view } = opened(text, knowledge);
    const { command } = resolveCodeLens(codeLenses(document, views)[0]!, { views: [view] }, true);
    expect(command?.arguments).toEqual([page]);
  });

  const place = { host: "ghcr.io", registry: "ghcr.io", image: "ghcr.io/a/b:c", tlsVerify: true, uri: URI };
  const unauthorized = failed("registry-unauthorized", "ghcr.io answered 401; sign in.");

  test("leads to the sign-in where that is wanting and the editor has one", () => {
    const { document, views, view } = opened(NGINX, unauthorized);
    const [lens] = codeLenses(document, views);
    const { command } = resolveCodeLens(lens!, { views: [view] }, true, () => place);
    expect(command).toEqual({ title: "Sign in to ghcr.io", command: CLIENT_COMMANDS.signIn, arguments: [place] });
    const without = resolveCodeLens(lens!, { views: [view] }, true, () => null).command;
    expect(without).toMatchObject({ title: "Retry: registry wants a sign-in", command: SERVER_COMMANDS.checkPin });
  });

  test.each<[string, Knowledge]>([
    ["has not failed", {}],
    ["has failed for another reason", limited],
  ])("leads to no sign-in where a pin %s", (_, knowledge) => {
    expect(lensTitle(opened(NGINX, knowledge).view, true, () => place)).not.toContain("Sign in");
  });

  test("leads to no sign-in in Restricted Mode", () => {
    const { document, views, view } = opened(NGINX, unauthorized);
    const { command } = resolveCodeLens(codeLenses(document, views)[0]!, { views: [view] }, false, () => place);
    expect(command?.command).toBe("workbench.trust.manage");
  });

  test("a long failure of no known kind is cut", () => {
    const { view } = opened(NGINX, failed("layer-corrupt", `The layer ${"x".repeat(100)} is corrupt.`));
    expect(lensTitle(view, true)).toMatch(/^Retry: The layer x+…$/);
  });

  test("what a registry or a file says cannot smuggle in line breaks", () => {
    const { view } = opened(NGINX, failed("layer-corrupt", "The layer\n\u001b[31mis corrupt."));
    expect(lensTitle(view, true)).toBe("Retry: The layer [31mis corrupt");
  });
});

describe("in Restricted Mode", () => {
  test.each<[title: string, text: string, knowledge: Knowledge]>([
    ["Update digest and hash (the workspace must be trusted first)", NGINX, {}],
    ["Add hash (the workspace must be trusted first)", NGINX.replace(SRI, ""), {}],
    ["Update digest and hash (the workspace must be trusted first)", NGINX, limited],
  ])("%s", (title, text, knowledge) => {
    const { document, views, view } = opened(text, knowledge);
    const { command } = resolveCodeLens(codeLenses(document, views)[0]!, { views: [view] }, false);
    expect(command).toEqual({ title, command: "workbench.trust.manage" });
  });

  test("what needs no registry is as ever", () => {
    expect(lensTitle(opened(computed).view, false)).toBe("Cannot update: imageName is computed");
  });
});

describe("lenses before they are resolved", () => {
  const two = NGINX.replace("}\n", "").concat(
    `  other = pkgs.dockerTools.pullImage\n    { imageName = "a"; imageDigest = "${OLD}"; };\n}\n`,
  );

  test("one per pin, on the line where its set begins, without a title", () => {
    const { document, views } = opened(two);
    const lenses = codeLenses(document, views);
    expect(lenses.map(({ range }) => document.getText(range))).toEqual([
      "{",
      `{ imageName = "a"; imageDigest = "${OLD}"; }`,
    ]);
    expect(lenses.map(({ command }) => command)).toEqual([undefined, undefined]);
  });

  test.each<[string, Knowledge]>([
    ["stale", STALE],
    ["busy", { activity: { kind: "checking" } }],
    ["failed", limited],
    ["ignored", { ignoredBySetting: true }],
  ])("as many when all are %s", (_, knowledge) => {
    const { document, views } = opened(two, knowledge);
    expect(codeLenses(document, views)).toEqual(codeLenses(document, opened(two).views));
  });
});
