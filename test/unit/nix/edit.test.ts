import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyEdits, type PinChange, planPinEdits } from "../../../server/src/nix/edit.ts";
import { type HashEncoding, printHash, sriHash } from "../../../server/src/nix/hash-encoding.ts";
import type { Pin } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import { nixParser } from "../../support/nix-parser.ts";

const OLD = { digest: digestOf(Buffer.from("old manifest")), hash: digestOf(Buffer.from("old archive")) };
const NEW = { digest: digestOf(Buffer.from("new manifest")), hash: digestOf(Buffer.from("new archive")) };
const CHANGE: PinChange = { imageDigest: NEW.digest, hash: NEW.hash };
const FILE = "images.nix";

function readPin(text: string): Pin {
  const { pins } = readNixFile(nixParser, FILE, text);
  const [pin] = pins;
  if (pin === undefined || pins.length > 1) throw new Error(`${pins.length} pins in ${text}`);
  return pin;
}

/** The text after the change, planned on what was read from it. */
function changed(text: string, change = CHANGE): string {
  const planned = planPinEdits(() => text, readPin(text), change);
  if (!planned.ok) throw new Error(planned.problem.message);
  return applyEdits(text, planned.value);
}

/** A text with the old and one with the new values, from one template; comments keep its words. */
function twins(template: string): { before: string; after: string } {
  const fill = ({ digest, hash }: typeof OLD) =>
    template.replace(/#.*|\/\*.*?\*\/|DIGEST|SRI|BASE\d\d/g, (word) => {
      if (word === "DIGEST") return digest;
      if (word === "SRI") return sriHash(hash);
      return word.startsWith("BASE") ? printHash(hash, word.toLowerCase() as HashEncoding) : word;
    });
  return { before: fill(OLD), after: fill(NEW) };
}

describe("only the values change", () => {
  test.each([
    ["a plain pin", `pullImage {\n  imageName = "a";\n  imageDigest = "DIGEST";\n  hash = "SRI";\n}\n`],
    ["SRI under sha256", `pullImage {\n  imageName = "a";\n  imageDigest = "DIGEST";\n  sha256 = "SRI";\n}\n`],
    ["base32", `pullImage { imageName = "a"; imageDigest = "DIGEST"; sha256 = "BASE32"; }`],
    ["base16", `pullImage { imageName = "a"; imageDigest = "DIGEST"; sha256 = "BASE16"; }`],
    ["base64", `pullImage { imageName = "a"; imageDigest = "DIGEST"; sha256 = "BASE64"; }`],
    ["sha256: before base32", `pullImage { imageName = "a"; imageDigest = "DIGEST"; hash = "sha256:BASE32"; }`],
    ["sha256: before base16", `pullImage { imageName = "a"; imageDigest = "DIGEST"; hash = "sha256:BASE16"; }`],
    ["outputHash", `pullImage { imageName = "a"; imageDigest = "DIGEST"; outputHash = "SRI"; }`],
    ["indented strings", `pullImage { imageName = "a"; imageDigest = ''DIGEST''; hash = ''SRI''; }`],
    ["aligned signs", `{\n  imageName   = "a";\n  imageDigest = "DIGEST";\n  hash        = "SRI";\n}`],
    ["tabs", `{\n\timageName = "a";\n\timageDigest = "DIGEST";\n\thash\t= "SRI";\n}`],
    ["no spaces", `pullImage{imageName="a";imageDigest="DIGEST";hash="SRI";}`],
    ["a value on the next line", `{\n  imageName = "a";\n  imageDigest =\n    "DIGEST";\n  hash =\n    "SRI";\n}`],
    ["CRLF", `{\r\n  imageName = "a";\r\n  imageDigest = "DIGEST";\r\n  hash = "SRI";\r\n}\r\n`],
    [
      "comments",
      `{ # a\n  imageName = "a"; # 17-jre\n  imageDigest = "DIGEST"; # 1.2\n  hash = "SRI"; # renovate: a\n}`,
    ],
    ["the hash before the digest", `{\n  hash = "SRI";\n  imageDigest = "DIGEST";\n  imageName = "a";\n}`],
    ["characters outside the BMP before it", `# 🐳 Müller\n{ imageName = "a"; imageDigest = "DIGEST"; hash = "SRI"; }`],
  ])("%s", (_what, template) => {
    const { before, after } = twins(template);
    expect(changed(before)).toBe(after);
    expect(planPinEdits(() => after, readPin(after), CHANGE)).toEqual({ ok: true, value: [] });
  });
});

describe("a value is changed where it is written", () => {
  test.each([
    [
      "in a let",
      `let imageDigest = "DIGEST"; h = "SRI"; in pullImage { imageName = "a"; inherit imageDigest; hash = h; }`,
    ],
    [
      "in another set",
      `let s.imageDigest = "DIGEST"; in pullImage { imageName = "a"; inherit (s) imageDigest; hash = "SRI"; }`,
    ],
    [
      "in a rec set",
      `pullImage rec { imageName = "a"; imageDigest = "DIGEST"; hash = "SRI"; finalImageName = imageName; }`,
    ],
    ["on a side of a merge", `pullImage ({ imageName = "a"; } // { imageDigest = "DIGEST"; hash = "SRI"; })`],
    [
      "behind an interpolation",
      `let d = "DIGEST"; in pullImage { imageName = "a"; imageDigest = "\${d}"; hash = "SRI"; }`,
    ],
    ["in parentheses", `pullImage { imageName = ("a"); imageDigest = ("DIGEST"); hash = ("SRI"); }`],
    [
      "at the end of a path",
      `{ images.app.imageName = "a"; images.app.imageDigest = "DIGEST"; images.app.hash = "SRI"; }`,
    ],
    ["in data", `{ default = { imageName = "a"; imageDigest = "DIGEST"; sha256 = "BASE32"; }; }`],
    [
      "in a file with an error elsewhere",
      `{ x = ; y = pullImage { imageName = "a"; imageDigest = "DIGEST"; hash = "SRI"; }; }`,
    ],
  ])("%s", (_where, template) => {
    const { before, after } = twins(template);
    expect(changed(before)).toBe(after);
    expect(planPinEdits(() => after, readPin(after), CHANGE)).toEqual({ ok: true, value: [] });
  });
});

describe("what can't be changed is left alone, with the reason", () => {
  test.each([
    ["hash-attribute-conflict", `pullImage { imageName = "a"; imageDigest = "DIGEST"; hash = "SRI"; sha256 = "SRI"; }`],
    ["duplicate-attribute", `pullImage { imageName = "a"; imageDigest = "DIGEST"; hash = "SRI"; hash = "SRI"; }`],
    ["pin-computed", `{ d }: pullImage { imageName = "a"; imageDigest = d; hash = "SRI"; }`],
    ["pin-computed", `pullImage { imageName = "a"; imageDigest = "DIGEST"; hash = if x then "SRI" else ""; }`],
    ["pin-computed", `pullImage { imageName = "a"; imageDigest = "sha256:" + "BASE16"; hash = "SRI"; }`],
    ["pin-computed", `pullImage { imageName = "a"; imageDigest = "sha256:\\n"; hash = "SRI"; }`],
    [
      "pin-computed",
      `let d = "DIGEST"; in { x = d; y = pullImage { imageName = "a"; imageDigest = d; hash = "SRI"; }; }`,
    ],
    ["pin-computed", `let cfg = { imageName = "a"; finalImageTag = "1"; }; in pullImage cfg`],
    ["malformed-directive", `pullImage { imageName = "a"; imageDigest = "DIGEST"; # dockpin: tga=1\n  hash = "SRI"; }`],
    ["syntax-error", `pullImage { imageName = "a"; imageDigest = "DIGEST"; hash = "SRI"; x = ; }`],
    ["pin-computed", `pullImageFromManifest { imageName = "a"; imageManifest = ./m.json; imageDigest = "DIGEST"; }`],
  ])("%s: %s", (code, template) => {
    const text = twins(template).before;
    expect(planPinEdits(() => text, readPin(text), CHANGE)).toMatchObject({ ok: false, problem: { code } });
  });
});

describe("a placeholder is filled", () => {
  const { digest, hash } = NEW;
  test.each([
    ['""', '""', `"${digest}"`, `"${sriHash(hash)}"`],
    ["''''", "''''", `''${digest}''`, `''${sriHash(hash)}''`],
    ['"sha256:latest"', '"sha256-TODO"', `"${digest}"`, `"${sriHash(hash)}"`],
    ['""', "lib.fakeHash", `"${digest}"`, `"${sriHash(hash)}"`],
    ['""', "lib.fakeSha256", `"${digest}"`, `"${sriHash(hash)}"`],
    ['""', `"${"0".repeat(52)}"`, `"${digest}"`, `"${printHash(hash, "base32")}"`],
    ['""', `"${"0".repeat(64)}"`, `"${digest}"`, `"${printHash(hash, "base16")}"`],
  ])("imageDigest = %s; sha256 = %s;", (oldDigest, oldHash, newDigest, newHash) => {
    const text = (one: string, other: string) =>
      `{\n  imageName = "a";\n  imageDigest = ${one};\n  sha256 = ${other};\n}\n`;
    expect(changed(text(oldDigest, oldHash))).toBe(text(newDigest, newHash));
  });

  test("an encoding that the attribute does not take gives way to SRI", () => {
    const text = (value: string) => `{ imageName = "a"; imageDigest = "${digest}"; hash = "${value}"; }`;
    expect(changed(text(printHash(OLD.hash, "base32")))).toBe(text(sriHash(hash)));
  });
});

describe("a right value stays as it is written", () => {
  test.each([
    ["upper-case base16", printHash(NEW.hash, "base16").toUpperCase()],
    ["SRI without padding", sriHash(NEW.hash).slice(0, -1)],
  ])("%s", (_how, hash) => {
    const text = (digest: string) => `{ imageName = "a"; imageDigest = "${digest}"; sha256 = "${hash}"; }`;
    expect(changed(text(OLD.digest))).toBe(text(NEW.digest));
    expect(changed(text(NEW.digest))).toBe(text(NEW.digest));
  });
});

describe("a missing attribute is added", () => {
  const digest = `"${NEW.digest}"`;
  const hash = `"${sriHash(NEW.hash)}"`;
  test.each([
    [
      "both behind the name",
      `pullImage {\n  imageName = "a";\n  finalImageTag = "1";\n}\n`,
      `pullImage {\n  imageName = "a";\n  imageDigest = ${digest};\n  hash = ${hash};\n  finalImageTag = "1";\n}\n`,
    ],
    [
      "the hash behind the digest",
      `pullImage {\n  imageName = "a";\n  imageDigest = ${digest};\n  finalImageTag = "1";\n}`,
      `pullImage {\n  imageName = "a";\n  imageDigest = ${digest};\n  hash = ${hash};\n  finalImageTag = "1";\n}`,
    ],
    [
      "the digest behind the name",
      `pullImage {\n  imageName = "a";\n  hash = "";\n}`,
      `pullImage {\n  imageName = "a";\n  imageDigest = ${digest};\n  hash = ${hash};\n}`,
    ],
    [
      "behind the line's comment",
      `pullImage {\n  imageName = "a"; /* the name */ # 17-jre\n}`,
      `pullImage {\n  imageName = "a"; /* the name */ # 17-jre\n  imageDigest = ${digest};\n  hash = ${hash};\n}`,
    ],
    [
      "with the line endings of the file",
      `pullImage {\r\n  imageName = "a"; # 17-jre\r\n}\r\n`,
      `pullImage {\r\n  imageName = "a"; # 17-jre\r\n  imageDigest = ${digest};\r\n  hash = ${hash};\r\n}\r\n`,
    ],
    [
      "with tabs",
      `pullImage {\n\t\timageName = "a";\n\t}`,
      `pullImage {\n\t\timageName = "a";\n\t\timageDigest = ${digest};\n\t\thash = ${hash};\n\t}`,
    ],
    [
      "aligned as the others are",
      `pullImage {\n  imageName     = "a";\n  finalImageTag = "1";\n}`,
      `pullImage {\n  imageName     = "a";\n  imageDigest   = ${digest};\n  hash          = ${hash};\n  finalImageTag = "1";\n}`,
    ],
    [
      "not aligned where the others are not",
      `pullImage {\n  imageName  = "a";\n  finalImageTag = "1";\n}`,
      `pullImage {\n  imageName  = "a";\n  imageDigest = ${digest};\n  hash = ${hash};\n  finalImageTag = "1";\n}`,
    ],
    [
      "on the line of a one-line set",
      `pullImage { imageName = "a"; finalImageTag = "1"; }`,
      `pullImage { imageName = "a"; imageDigest = ${digest}; hash = ${hash}; finalImageTag = "1"; }`,
    ],
    [
      "on the line of a set without spaces",
      `pullImage{imageName="a";}\n`,
      `pullImage{imageName="a";imageDigest=${digest};hash=${hash};}\n`,
    ],
    [
      "under the others where the set opens on the name's line",
      `pullImage { imageName = "a";\n            finalImageTag = "1"; }`,
      `pullImage { imageName = "a";\n            imageDigest = ${digest};\n            hash = ${hash};\n            finalImageTag = "1"; }`,
    ],
    [
      "under the name where nothing else starts a line",
      `pullImage { imageName = "a";\n}`,
      `pullImage { imageName = "a";\n            imageDigest = ${digest};\n            hash = ${hash};\n}`,
    ],
    [
      "before a comment of several lines",
      `pullImage {\n  imageName = "a"; /* one\n  two */\n}`,
      `pullImage {\n  imageName = "a"; imageDigest = ${digest}; hash = ${hash}; /* one\n  two */\n}`,
    ],
  ])("%s", (_where, before, after) => {
    expect(changed(before)).toBe(after);
    expect(planPinEdits(() => after, readPin(after), CHANGE)).toEqual({ ok: true, value: [] });
  });

  const path = `images."a.b".`;
  test.each([
    [
      "an inherit",
      `let imageName = "a"; in pullImage {\n  inherit imageName;\n}`,
      `let imageName = "a"; in pullImage {\n  inherit imageName;\n  imageDigest = ${digest};\n  hash = ${hash};\n}`,
    ],
    [
      "an inherit of several lines",
      `let x.imageName = "a"; in pullImage {\n  inherit (x)\n    imageName # a; b\n    ; # c\n}`,
      `let x.imageName = "a"; in pullImage {\n  inherit (x)\n    imageName # a; b\n    ; # c\n  imageDigest = ${digest};\n  hash = ${hash};\n}`,
    ],
    [
      "a path",
      `{\n  ${path}imageName   = "a";\n  ${path}imageDigest = ${digest};\n}`,
      `{\n  ${path}imageName   = "a";\n  ${path}imageDigest = ${digest};\n  ${path}hash = ${hash};\n}`,
    ],
    [
      "a set that is merged",
      `let c.os = "linux"; in pullImage (c // { imageName = "a"; })`,
      `let c.os = "linux"; in pullImage (c // { imageName = "a"; imageDigest = ${digest}; hash = ${hash}; })`,
    ],
  ])("behind %s", (_what, before, after) => {
    expect(changed(before)).toBe(after);
  });

  test("beside a comment of a megabyte", () => {
    const long = "/* * ".repeat(200_000);
    const before = `let imageName = "a"; in pullImage {\n  inherit imageName ${long}*/; ${long}*/\n}`;
    expect(changed(before)).toBe(before.replace(/\n}$/, `\n  imageDigest = ${digest};\n  hash = ${hash};\n}`));
  });

  test("as sha256 for nix2container, which takes no other", () => {
    const before = `nix2container.pullImage {\n  imageName = "a";\n}`;
    const after = `nix2container.pullImage {\n  imageName = "a";\n  imageDigest = ${digest};\n  sha256 = ${hash};\n}`;
    expect(changed(before)).toBe(after);
  });

  const PINNED = `  imageName = "a";\n  imageDigest = ${digest};\n  hash = ${hash};\n`;
  test.each([
    [
      "behind the last",
      `pullImage {\n${PINNED}  finalImageTag = "1";\n}`,
      `pullImage {\n${PINNED}  finalImageTag = "1";\n  os = "linux";\n  arch = "arm64";\n}`,
    ],
    [
      "the arch behind the os",
      `pullImage {\n  os = "linux";\n${PINNED}}`,
      `pullImage {\n  os = "linux";\n  arch = "arm64";\n${PINNED}}`,
    ],
    ["not when there is one", `pullImage {\n${PINNED}  os = "linux";\n  arch = "amd64";\n}`, null],
    [
      "behind a hash that is added",
      `pullImage {\n  imageName = "a";\n}`,
      `pullImage {\n${PINNED}  os = "linux";\n  arch = "arm64";\n}`,
    ],
  ])("the platform: %s", (_where, before, after) => {
    expect(changed(before, { ...CHANGE, addOs: "linux", addArch: "arm64" })).toBe(after ?? before);
  });
});

/** Attribute sets in all layouts, `DIGEST` and the encodings' names standing for the values. */
const anyTemplate = fc
  .record({
    order: fc.shuffledSubarray(["imageName", "imageDigest", "hash", "finalImageTag", "os"], { minLength: 5 }),
    hash: fc.constantFrom(
      ...["SRI", "sha256:BASE32", "sha256:BASE16"].map((encoding) => ["hash", encoding] as const),
      ...["SRI", "BASE32", "BASE16", "BASE64"].map((encoding) => ["sha256", encoding] as const),
    ),
    quotes: fc.constantFrom('"', "''"),
    gap: fc.constantFrom("", " ", "\t", "   "),
    separator: fc.constantFrom(
      "",
      " ",
      "\n  ",
      "\n\t",
      "\r\n  ",
      " # DIGEST is not a value\n",
      ' /* hash = "SRI"; */ ',
    ),
    opening: fc.constantFrom(
      "pullImage ",
      "pullImage\n",
      "# 🐳\npullImage",
      "import ./f.nix pkgs.dockerTools.pullImage ",
    ),
  })
  .map(({ order, hash: [hashAttribute, encoding], quotes, gap, separator, opening }) => {
    const values: Record<string, string> = {
      imageName: "org/app",
      imageDigest: "DIGEST",
      hash: encoding,
      finalImageTag: "1",
      os: "linux",
    };
    const bindings = order.map((name) => {
      const quoted = quotes + values[name] + quotes;
      return `${name === "hash" ? hashAttribute : name}${gap}=${gap}${quoted};`;
    });
    return `${opening}{${separator}${bindings.join(separator)}${separator}}\n`;
  });

test("edits change the values and nothing else, and afterwards there is nothing to change", () => {
  fc.assert(
    fc.property(anyTemplate, (template) => {
      const { before, after } = twins(template);
      expect(changed(before)).toBe(after);
      expect(planPinEdits(() => after, readPin(after), CHANGE)).toEqual({ ok: true, value: [] });
    }),
  );
});

test("what is missing is added so that it reads back, and the rest of the text stays", () => {
  fc.assert(
    fc.property(anyTemplate, (template) => {
      const complete = twins(template).before.replace(/ (?:#|\/\*) .*?(?:\n|\*\/ )/g, "\n");
      const before = complete.replace(/(?:imageDigest|hash|sha256)\s*=\s*(?:"[^"]*"|''[^']*'');/g, "");
      const planned = planPinEdits(() => before, readPin(before), CHANGE);
      expect(planned.ok && planned.value.every(({ oldText }) => oldText === "")).toBe(true);
      const after = changed(before);
      const pin = readPin(after);
      expect(pin.imageDigest).toMatchObject({ state: "known", value: NEW.digest });
      expect(pin.hash).toMatchObject({ state: "known", value: sriHash(NEW.hash) });
      expect(pin.hashAttribute).toBe("hash");
      expect(planPinEdits(() => after, pin, CHANGE)).toEqual({ ok: true, value: [] });
      expect(/(?<!\r)\n/.test(after)).toBe(/(?<!\r)\n/.test(before));
    }),
  );
});
