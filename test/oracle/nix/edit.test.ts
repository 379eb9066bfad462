import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { applyEdits, planPinEdits } from "../../../server/src/nix/edit.ts";
import { parseHash, sriHash } from "../../../server/src/nix/hash-encoding.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import { nixParser } from "../../support/nix-parser.ts";
import { isMissing } from "../../support/tools.ts";

const run = promisify(execFile);

const OLD = digestOf(Buffer.from("old"));
const NEW = { imageDigest: digestOf(Buffer.from("new manifest")), hash: digestOf(Buffer.from("new archive")) };
const DIGEST = `"${OLD}"`;
const HASH = `"${sriHash(OLD)}"`;

/** What the texts take for granted; `pullImage` gives what it gets. */
const PRELUDE = `let
  pullImage = arguments: arguments;
  lib = { fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; fakeSha256 = "${"0".repeat(64)}"; };
in
`;

async function evaluate(text: string): Promise<Record<string, string>> {
  const { stdout } = await run("nix-instantiate", [
    ...["--eval", "--strict", "--json", "--store", "dummy://"],
    ...["-E", PRELUDE + text],
  ]);
  return JSON.parse(stdout);
}

describe.skipIf(isMissing("nix-instantiate"))("Nix reads the new values after an edit, and all else as before", () => {
  test.each([
    ["literals", `pullImage {\n  imageName = "a"; # 1.2\n  imageDigest = ${DIGEST};\n  hash = ${HASH};\n}`],
    ["CRLF", `pullImage {\r\n  imageName = "a";\r\n  imageDigest = ${DIGEST};\r\n  sha256 = ${HASH};\r\n}\r\n`],
    ["indented strings", `pullImage { imageName = "a"; imageDigest = ''${OLD}''; hash = ''${sriHash(OLD)}''; }`],
    ["a let", `let d = ${DIGEST}; hash = ${HASH}; in pullImage { imageName = "a"; imageDigest = d; inherit hash; }`],
    [
      "a rec set",
      `pullImage rec { imageName = "a"; imageDigest = ${DIGEST}; hash = ${HASH}; finalImageName = imageName; }`,
    ],
    ["a merge", `pullImage ({ imageName = "a"; os = "linux"; } // { imageDigest = ${DIGEST}; hash = ${HASH}; })`],
    ["lib.fakeHash", `pullImage { imageName = "a"; imageDigest = ${DIGEST}; sha256 = lib.fakeHash; }`],
    [
      "an interpolated lib.fakeSha256",
      `with lib; pullImage { imageName = "a"; imageDigest = ""; sha256 = "\${fakeSha256}"; }`,
    ],
    ["nothing yet", `pullImage {\n  imageName = "a"; # the "name"; of it\n  finalImageTag = "1";\n}`],
    ["nothing yet, on one line", `pullImage{imageName="a";finalImageTag="1";}`],
    [
      "nothing yet behind an inherit",
      `let imageName = "a"; in pullImage {\n  inherit imageName # a; b\n  ; # c\n  os = "linux";\n}`,
    ],
    [
      "no hash in a let",
      `let cfg = { imageName = "a"; imageDigest = ${DIGEST}; }; in pullImage (cfg // { arch = "arm64"; })`,
    ],
    [
      "comments that look like values",
      `pullImage { imageName = "a"; # hash = "x";\n  /* imageDigest = ""; */ imageDigest = ""; }`,
    ],
  ])("%s", async (_what, text) => {
    const [pin] = readNixFile(nixParser, "image.nix", text).pins;
    const planned = planPinEdits(() => text, pin!, { ...NEW, addOs: "linux", addArch: "amd64" });
    expect(planned).toMatchObject({ ok: true });
    const after = await evaluate(planned.ok ? applyEdits(text, planned.value) : "");
    const before = await evaluate(text);
    const attribute = pin?.hashAttribute ?? "hash";
    expect(parseHash(after[attribute] ?? "", attribute)).toMatchObject({ ok: true, value: { digest: NEW.hash } });
    const platform = { os: "linux", arch: "amd64" };
    const written = { imageDigest: NEW.imageDigest, [attribute]: after[attribute] };
    expect(after).toEqual({ ...platform, ...before, ...written });
  });
});
