import { describe, expect, test } from "vitest";
import { type OfflineFix, offlineEdits } from "../../../../server/src/lsp/features/offline-edits.ts";
import { digestFromHex } from "../../../../server/src/oci/digest.ts";
import {
  BASE32,
  CONTAINER,
  edited,
  type Knowledge,
  NEW,
  NGINX,
  OLD,
  opened,
  SRI,
  viewsOf,
  wrongHash,
} from "./harness.ts";

/** Of nothing, which `SRI` and `BASE32` are. */
const HEX = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const NEW_SRI = `sha256-${Buffer.from(NEW.slice("sha256:".length), "hex").toString("base64")}`;

/** A call with these lines between its braces. */
const call = (...lines: readonly string[]) => `pullImage {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
const pin = (...lines: readonly string[]) => call('imageName = "nginx";', `imageDigest = "${OLD}";`, ...lines);

/** The text after a fix of its first pin; null when there is nothing to fix. */
function fixed(fix: OfflineFix, text: string, knowledge: Knowledge = {}): string | null {
  const { view, views } = opened(text, knowledge);
  const edits = offlineEdits(fix, () => text, view, views);
  return edits.length === 0 ? null : edited(text, edits);
}

describe("ignore: a comment that the reader takes for the pin's", () => {
  test.each<[title: string, before: string, after: string]>([
    ["behind the name", NGINX, NGINX.replace('"nginx";', '"nginx"; # dockpin: ignore')],
    [
      "above the name when it has a comment",
      pin().replace('"nginx";', '"nginx"; # a server'),
      pin().replace('"nginx";', '"nginx"; # a server').replace("  imageName", "  # dockpin: ignore\n  imageName"),
    ],
    ["in the braces when all is on one line", `{ a = ${oneLine()}; }\n`, `{ a = ${inBraces()}; }\n`],
    ["in the braces of a rec set", oneLine().replace("{", "rec {"), inBraces().replace("{", "rec {")],
    ["in the braces within a string", `''\n  load ${"${"}${oneLine()}}\n''`, `''\n  load ${"${"}${inBraces()}}\n''`],
    ["with the line breaks of the file", pin().replaceAll("\n", "\r\n"), ""],
    ["where the name is a variable of the file", `let name = "a"; in ${pin().replace('"nginx"', "name")}`, ""],
    [
      "where the name is inherited",
      `let imageName = "a"; in ${pin().replace('imageName = "nginx"', "inherit imageName")}`,
      "",
    ],
    ["where there is no name", `{ image.imageDigest = "${OLD}"; }\n`, ""],
  ])("%s", (_, before, after) => {
    const result = fixed("ignore", before);
    if (after !== "") expect(result).toBe(after);
    expect(viewsOf(result ?? before).map((view) => view.pin.ignored)).toEqual([result !== null]);
    expect(
      result?.replaceAll(/[ \t]*# dockpin: ignore(\r?\n(?=[ \t]+imageName))?| \/\* dockpin: ignore \*\//g, "") ??
        before,
    ).toBe(before);
  });

  test("of two pins, only the one that is meant", () => {
    const text = `[\n  (${pin().trimEnd()})\n  (${pin().trimEnd()})\n]\n`;
    const views = viewsOf(text);
    const result = edited(
      text,
      offlineEdits("ignore", () => text, views[1]!, views),
    );
    expect(viewsOf(result).map((view) => view.pin.ignored)).toEqual([false, true]);
  });
});

test("ignore: not where the comment would be another pin's too", () => {
  const text = `[ (${oneLine()}) (${pin().trimEnd()}) ]\n`;
  const views = viewsOf(text);
  const after = edited(
    text,
    offlineEdits("ignore", () => text, views[1]!, views),
  );
  expect(viewsOf(after).map((view) => view.pin.ignored)).toEqual([false, true]);
});

function inBraces(): string {
  return oneLine().replace("{", "{ /* dockpin: ignore */");
}

function oneLine(): string {
  return `pullImage { imageName = "nginx"; imageDigest = "${OLD}"; }`;
}

describe("convert-to-sri: the same hash under the name and in the encoding of today", () => {
  test.each<[title: string, before: string, after: string | null]>([
    ["sha256 in base32", pin(`sha256 = "${BASE32}";`), pin(`hash = "${SRI}";`)],
    ["sha256 in hexadecimal", pin(`sha256 = "${HEX}";`), pin(`hash = "${SRI}";`)],
    ["sha256 that is SRI already", pin(`sha256 = "${SRI}";`), pin(`hash = "${SRI}";`)],
    ["outputHash", pin(`outputHash = "sha256:${BASE32}";`), pin(`hash = "${SRI}";`)],
    ["hash with a prefix", pin(`hash = "sha256:${HEX}";`), pin(`hash = "${SRI}";`)],
    ["hash that Nix refuses since it says no type", pin(`hash = "${BASE32}";`), pin(`hash = "${SRI}";`)],
    ["a quoted name", pin(`"sha256" = "${BASE32}";`), pin(`hash = "${SRI}";`)],
    ["an indented string", pin(`sha256 = ''${BASE32}'';`), pin(`hash = ''${SRI}'';`)],
    ["aligned equals signs", pin(`sha256      = "${BASE32}";`), pin(`hash        = "${SRI}";`)],
    [
      "the value in a variable",
      `let h = "${BASE32}"; in ${pin("sha256 = h;")}`,
      `let h = "${SRI}"; in ${pin("hash = h;")}`,
    ],
    ["what is so already", pin(`hash = "${SRI}";`), null],
    ["a malformed hash", pin('sha256 = "123";'), null],
    ["a hash put together", pin(`sha256 = "${BASE32.slice(0, 10)}" + "${BASE32.slice(10)}";`), null],
    ["nix2container, which has no hash", `nix2container.${pin(`sha256 = "${BASE32}";`)}`, null],
    [
      "a set whose sha256 may be read elsewhere",
      `{ image = { imageName = "a"; imageDigest = "${OLD}"; sha256 = "${BASE32}"; }; }`,
      null,
    ],
    ["an inherited name", `let sha256 = "${BASE32}"; in ${pin("inherit sha256;")}`, null],
  ])("%s", (_, before, after) => {
    expect(fixed("convert-to-sri", before)).toBe(after);
    if (after === null) return;
    const [view] = viewsOf(after);
    expect(view?.assessment.image?.hash).toBe(digestFromHex(HEX));
    expect(view?.assessment.status).toBe("unchecked");
  });
});

describe("add-arch: what the pin's hash is for", () => {
  test.each<[title: string, before: string, after: string | null]>([
    ["behind the last attribute", pin(`hash = "${SRI}";`), pin(`hash = "${SRI}";`, 'arch = "amd64";')],
    [
      "behind os",
      pin('os = "linux";', `hash = "${SRI}";`),
      pin('os = "linux";', 'arch = "amd64";', `hash = "${SRI}";`),
    ],
    [
      "as the directive says",
      pin("# dockpin: platform=linux/arm64"),
      pin('arch = "arm64";', "# dockpin: platform=linux/arm64"),
    ],
    ["not twice", pin('arch = "amd64";'), null],
  ])("%s", (_, before, after) => {
    expect(fixed("add-arch", before)).toBe(after);
    if (after !== null) expect(viewsOf(after)[0]?.assessment.image?.archStated).toBe(true);
  });
});

describe("write-computed-hash: what a verification computed", () => {
  test.each<[title: string, before: string, after: string]>([
    ["as SRI", pin(`hash = "${SRI}";`), pin(`hash = "${NEW_SRI}";`)],
    ["in the encoding that is there", pin(`sha256 = "${HEX}";`), pin(`sha256 = "${NEW.slice("sha256:".length)}";`)],
  ])("%s", (_, before, after) => {
    expect(fixed("write-computed-hash", before, wrongHash(NEW))).toBe(after);
  });

  test("not over a hash that another pin reads as well", () => {
    const image = (tag: string) =>
      `(pullImage { imageName = "a"; imageDigest = "${OLD}"; hash = h; finalImageTag = "${tag}"; })`;
    const text = `let h = "${SRI}"; in [ ${image("1")} ${image("2")} ]`;
    expect(fixed("write-computed-hash", text, wrongHash(NEW))).toBeNull();
  });

  test("nothing without a verification", () => {
    expect(fixed("write-computed-hash", NGINX)).toBeNull();
  });
});

describe("mend-name: an imageName as it must be", () => {
  const named = (name: string, ...lines: readonly string[]) => call(`imageName = "${name}";`, ...lines);

  test.each<[title: string, before: string, after: string | null]>([
    [
      "a tag goes to finalImageTag",
      named("nginx:1.27", `imageDigest = "${OLD}";`),
      named("nginx", `imageDigest = "${OLD}";`, 'finalImageTag = "1.27";'),
    ],
    [
      "a tag goes where there is a finalImageTag",
      named("nginx:1.27", `imageDigest = "${OLD}";`, 'finalImageTag = "local";'),
      named("nginx", `imageDigest = "${OLD}";`, 'finalImageTag = "local";'),
    ],
    [
      "a digest goes to imageDigest",
      named(`nginx@${OLD}`, 'finalImageTag = "1";'),
      named("nginx", `imageDigest = "${OLD}";`, 'finalImageTag = "1";'),
    ],
    [
      "the same digest stands there",
      named(`nginx@${OLD}`, `imageDigest = "${OLD}";`),
      named("nginx", `imageDigest = "${OLD}";`),
    ],
    ["another digest stands there", named(`nginx@${NEW}`, `imageDigest = "${OLD}";`), null],
    [
      "a scheme goes",
      named("https://ghcr.io/org/app", `imageDigest = "${OLD}";`),
      named("ghcr.io/org/app", `imageDigest = "${OLD}";`),
    ],
    [
      "skopeo's transport goes",
      named("docker://quay.io/org/app:1", `imageDigest = "${OLD}";`),
      named("quay.io/org/app", `imageDigest = "${OLD}";`, 'finalImageTag = "1";'),
    ],
    [
      "upper case goes",
      named("ghcr.io/Org/App", `imageDigest = "${OLD}";`),
      named("ghcr.io/org/app", `imageDigest = "${OLD}";`),
    ],
    [
      "a port is no tag",
      named("localhost:5000/app:1", `imageDigest = "${OLD}";`, 'finalImageTag = "1";'),
      named("localhost:5000/app", `imageDigest = "${OLD}";`, 'finalImageTag = "1";'),
    ],
    ["a sound name", named("nginx", `imageDigest = "${OLD}";`), null],
    ["what nobody can guess", named("my image!", `imageDigest = "${OLD}";`), null],
    ["a name put together", pin().replace('"nginx"', '"nginx" + ":1"'), null],
  ])("%s", (_, before, after) => {
    expect(fixed("mend-name", before)).toBe(after);
    if (after !== null) expect(viewsOf(after)[0]?.assessment.image?.digest).toBe(OLD);
  });
});

describe("mend-platform: the registry's word for the same", () => {
  test.each<[attribute: string, written: string, word: string | null]>([
    ["arch", "x86_64", "amd64"],
    ["arch", "aarch64", "arm64"],
    ["arch", "aarch64-linux", "arm64"],
    ["arch", "AMD64", "amd64"],
    ["os", "macos", "darwin"],
    ["arch", "amd64", null],
    ["arch", "quantum", null],
  ])("%s = %s", (attribute, written, word) => {
    const text = (value: string) => pin(`${attribute} = "${value}";`);
    expect(fixed("mend-platform", text(written))).toBe(word === null ? null : text(word));
  });
});

describe("move-override: from the result into the argument", () => {
  test.each<[title: string, before: string, after: string | null]>([
    ["on lines", `${pin().trimEnd()} // { arch = "arm64"; }\n`, pin('arch = "arm64";')],
    ["over lines", `${pin().trimEnd()}\n// { arch = "arm64"; }\n`, pin('arch = "arm64";')],
    ["two", `${pin().trimEnd()} // { os = "linux"; arch = "arm64"; }\n`, pin('os = "linux"; arch = "arm64";')],
    ["on one line", `${oneLine()} // { arch = "arm64"; }`, oneLine().replace("; }", '; arch = "arm64"; }')],
    ["in parentheses", `(${oneLine()}) // { arch = x; }`, `(${oneLine().replace("; }", "; arch = x; }")})`],
    ["what is there already", `${pin('arch = "amd64";').trimEnd()} // { arch = "arm64"; }\n`, null],
    ["the digest, which is there already", `${pin().trimEnd()} // { imageDigest = "${NEW}"; }\n`, null],
    ["with what has an effect", `${pin().trimEnd()} // { passthru = { }; arch = "arm64"; }\n`, null],
    ["with a comment", `${pin().trimEnd()} // { arch = "arm64"; # for the board\n }\n`, null],
    ["a set by name", `${pin().trimEnd()} // board\n`, null],
    ["nothing", NGINX, null],
  ])("%s", (_, before, after) => {
    expect(fixed("move-override", before)).toBe(after);
    if (after !== null) expect(viewsOf(after)[0]?.pin.ineffectiveOverride).toBeNull();
  });
});

describe("mend-container-image: to what the file is loaded as", () => {
  test.each<[written: string, after: string | null]>([
    ["nginx:1.26", "nginx:1.27"],
    ["httpd:1.27", "nginx:1.27"],
    ["nginx", "nginx:1.27"],
    ["nginx:1.27", null],
    ["docker.io/library/nginx:1.27", null],
    [`nginx@${OLD}`, null],
  ])("%s", (written, after) => {
    const text = (image: string) => CONTAINER.replace('"nginx:1.27"', `"${image}"`);
    expect(fixed("mend-container-image", text(written))).toBe(after === null ? null : text(after));
  });
});
