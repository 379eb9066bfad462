import { describe, expect, test } from "vitest";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { nixParser } from "../../support/nix-parser.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
const SET = `{ imageName = "a"; imageDigest = "${DIGEST}"; }`;
const CALL = `pullImage ${SET}`;

const pinsOf = (text: string) => readNixFile(nixParser, "image.nix", text).pins;

describe("what a pin is bound to", () => {
  test.each<[text: string, names: (string | null)[]]>([
    [`{ web = ${CALL}; }`, ["web"]],
    [`{ web = ${SET}; }`, ["web"]],
    [`let web = ${CALL}; in web`, ["web"]],
    [`{ a.b."c d" = (f (${CALL})); }`, ['a.b."c d"']],
    [`{ images = [ (${CALL}) ${SET} ]; }`, ["images", "images"]],
    [`{ web = { pkgs, ... }: with pkgs; assert true; let x = 1; in ${CALL}; }`, ["web"]],
    [`{ web = ${CALL} // { passthru = { }; }; }`, ["web"]],
    [`{ web.imageName = "a"; web.imageDigest = "${DIGEST}"; }`, ["web"]],
    [`{ a.web.imageName = "a"; a.web.imageDigest = "${DIGEST}"; }`, ["a.web"]],
    [CALL, [null]],
    [`{ pkgs }: ${CALL}`, [null]],
    [`with { web = 1; }; ${CALL}`, [null]],
  ])("%s", (text, names) => {
    expect(pinsOf(text).map(({ boundTo }) => boundTo)).toEqual(names);
  });
});

describe("what is set on the result of a call in vain", () => {
  test.each<[text: string, range: string | null, names?: string[], movable?: string | null]>([
    [`${CALL} // { arch = "arm64"; }`, '// { arch = "arm64"; }', ["arch"], '{ arch = "arm64"; }'],
    [`(${CALL}) // { arch = x; os = y; }`, "// { arch = x; os = y; }", ["arch", "os"], "{ arch = x; os = y; }"],
    [`(${CALL}) // ({ hash = ""; })`, '// ({ hash = ""; })', ["hash"], '{ hash = ""; }'],
    [`pullImage (${SET}) // { arch = x; }`, "// { arch = x; }", ["arch"], "{ arch = x; }"],
    [`${CALL} // { arch = x; meta = { }; }`, "// { arch = x; meta = { }; }", ["arch"], null],
    [
      `${CALL} // { inherit arch; os = x; }`,
      "// { inherit arch; os = x; }",
      ["arch", "os"],
      "{ inherit arch; os = x; }",
    ],
    [`${CALL} // { inherit (x) arch meta; }`, "// { inherit (x) arch meta; }", ["arch"], null],
    [`${CALL} // { passthru = { arch = x; }; }`, null],
    [`${CALL} // { passthru.arch = x; }`, null],
    [`${CALL} // { imageName = "local/a"; }`, null],
    [`${CALL} // other`, null],
    [`{ arch = x; } // ${CALL}`, null],
    [`pullImage (${SET} // { arch = x; })`, null],
    [`{ web = ${SET} // { arch = x; }; }`, null],
    [`${CALL} + { arch = x; }`, null],
    [CALL, null],
  ])("%s", (text, range, names = [], movable = null) => {
    const [pin] = pinsOf(text);
    const found = pin?.ineffectiveOverride ?? null;
    const slice = (span: { start: number; end: number } | null) => span && text.slice(span.start, span.end);
    expect(slice(found?.range ?? null)).toBe(range);
    expect(found?.names ?? []).toEqual(names);
    expect(slice(found?.movable ?? null)).toBe(movable);
  });
});
