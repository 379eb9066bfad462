import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyEdits, type PinChange, planEdits } from "../../../server/src/nix/edit.ts";
import { parseHash, printHash, sriHash } from "../../../server/src/nix/hash-encoding.ts";
import type { AttributeReading, Pin, TextEdit } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import { nixParser } from "../../support/nix-parser.ts";

const digest = (of: string) => digestOf(Buffer.from(of));
const D1 = digest("d1");
const D2 = digest("d2");
const D3 = digest("d3");
const H1 = digest("h1");
const H2 = digest("h2");
const H3 = digest("h3");

function readPins(text: string): readonly [Pin, Pin] {
  const [first, second, ...others] = readNixFile(nixParser, "images.nix", text).pins;
  if (first === undefined || second === undefined || others.length > 0) throw new Error(`not two pins: ${text}`);
  return [first, second];
}

function twoPins(digests: readonly [string, string], hashes: readonly [string, string]): string {
  const pin = (name: string, index: 0 | 1) =>
    `  ${name} = pullImage {\n    imageName = "${name}";\n    imageDigest = ${digests[index]};\n    hash = ${hashes[index]};\n  };\n`;
  return `{\n${pin("a", 0)}${pin("b", 1)}}\n`;
}

const quoted = (text: string) => `"${text}"`;
const sri = (of: typeof H1) => quoted(sriHash(of));
const to = (imageDigest: typeof D1, hash: typeof H1): PinChange => ({ imageDigest, hash });

test("pins of one file change independently of each other", () => {
  const text = twoPins([quoted(D1), quoted(D1)], [sri(H1), sri(H1)]);
  const [a, b] = readPins(text);
  const plan = planEdits(
    () => text,
    [
      { pin: b, change: to(D3, H3) },
      { pin: a, change: to(D2, H2) },
    ],
  );
  expect(plan.refused).toEqual([]);
  expect(applyEdits(text, plan.edits)).toBe(twoPins([quoted(D2), quoted(D3)], [sri(H2), sri(H3)]));
  expect(plan.edits.map(({ range }) => range.start)).toEqual(
    plan.edits.map(({ range }) => range.start).toSorted((one, other) => one - other),
  );
});

test("two pins on one line change both", () => {
  const line = (d: string, h: string) =>
    `[ (pullImage { imageName = "a"; imageDigest = "${d}"; hash = ${h}; }) (pullImage { imageName = "b"; }) ]`;
  const text = line(D1, sri(H1));
  const [a, b] = readPins(text);
  const plan = planEdits(
    () => text,
    [
      { pin: a, change: to(D2, H2) },
      { pin: b, change: to(D3, H3) },
    ],
  );
  const second = `imageName = "b"; imageDigest = "${D3}"; hash = ${sri(H3)};`;
  expect(applyEdits(text, plan.edits)).toBe(line(D2, sri(H2)).replace('imageName = "b";', second));
});

test("one pin that can't be changed does not hinder another", () => {
  const text = twoPins(["f x", quoted(D1)], [sri(H1), sri(H1)]);
  const [a, b] = readPins(text);
  const plan = planEdits(
    () => text,
    [
      { pin: a, change: to(D2, H2) },
      { pin: b, change: to(D2, H2) },
    ],
  );
  expect(plan.refused).toEqual([{ pin: a, problem: expect.objectContaining({ code: "pin-computed" }) }]);
  expect(applyEdits(text, plan.edits)).toBe(twoPins(["f x", quoted(D2)], [sri(H1), sri(H2)]));
});

describe("a literal that two pins read", () => {
  const shared = (d: string, hashes: readonly [string, string]) => `let d = "${d}"; in ${twoPins(["d", "d"], hashes)}`;
  const text = shared(D1, [sri(H1), sri(H2)]);
  const valueShared = expect.objectContaining({
    code: "value-shared",
    message: expect.stringMatching(/^The value in line 1 is also read by the pin in line [27],/),
  });

  test("changes once when both want the same", () => {
    const [a, b] = readPins(text);
    const plan = planEdits(
      () => text,
      [
        { pin: a, change: to(D2, H2) },
        { pin: b, change: to(D2, H3) },
      ],
    );
    expect(plan.refused).toEqual([]);
    expect(plan.edits).toHaveLength(3);
    expect(applyEdits(text, plan.edits)).toBe(shared(D2, [sri(H2), sri(H3)]));
  });

  test("stays when they want different values, and so do both hashes", () => {
    const [a, b] = readPins(text);
    const plan = planEdits(
      () => text,
      [
        { pin: a, change: to(D2, H2) },
        { pin: b, change: to(D3, H3) },
      ],
    );
    expect(plan.edits).toEqual([]);
    expect(plan.refused).toEqual([
      { pin: a, problem: valueShared },
      { pin: b, problem: valueShared },
    ]);
  });

  test("stays when one of them must keep it", () => {
    const [a, b] = readPins(text);
    const plan = planEdits(() => text, [{ pin: a, change: to(D2, H2) }], [b]);
    expect(plan.edits).toEqual([]);
    expect(plan.refused).toEqual([{ pin: a, problem: valueShared }]);
  });

  test("stays for one that already has what it wants, whose hash alone changes", () => {
    const [a, b] = readPins(text);
    const plan = planEdits(
      () => text,
      [
        { pin: a, change: to(D2, H2) },
        { pin: b, change: to(D1, H3) },
      ],
    );
    expect(plan.refused).toEqual([{ pin: a, problem: valueShared }]);
    expect(applyEdits(text, plan.edits)).toBe(shared(D1, [sri(H1), sri(H3)]));
  });

  test("stays when the other can't be changed", () => {
    const halfComputed = shared(D1, [sri(H1), "f x"]);
    const [a, b] = readPins(halfComputed);
    const plan = planEdits(
      () => halfComputed,
      [
        { pin: a, change: to(D2, H2) },
        { pin: b, change: to(D2, H2) },
      ],
    );
    expect(plan.edits).toEqual([]);
    expect(plan.refused.map(({ pin, problem }) => [pin.line, problem.code])).toEqual([
      [a.line, "value-shared"],
      [b.line, "pin-computed"],
    ]);
  });

  test("is one literal, whatever the encoding of the hash in it", () => {
    const template = (h: string) => `let h = "${h}"; in ${twoPins([quoted(D1), quoted(D1)], ["h", "h"])}`;
    const before = template(`sha256:${printHash(H1, "base16")}`);
    const [a, b] = readPins(before);
    const plan = planEdits(
      () => before,
      [
        { pin: a, change: to(D1, H2) },
        { pin: b, change: to(D1, H2) },
      ],
    );
    expect(applyEdits(before, plan.edits)).toBe(template(`sha256:${printHash(H2, "base16")}`));
  });
});

test("nothing to change, nothing planned", () => {
  expect(planEdits(() => "", [])).toEqual({ edits: [], refused: [] });
});

describe("applyEdits", () => {
  const edit = (start: number, oldText: string, newText: string): TextEdit => ({
    file: "images.nix",
    range: { start, end: start + oldText.length },
    oldText,
    newText,
  });

  test("applies edits in any order, touching ones too", () => {
    expect(applyEdits("abc", [edit(2, "c", "3"), edit(0, "a", "1"), edit(1, "b", "2"), edit(1, "", "+")])).toBe("1+23");
    expect(applyEdits("abc", [])).toBe("abc");
    expect(applyEdits("abc", [edit(3, "", "d")])).toBe("abcd");
  });

  test.each([
    ["another text", [edit(1, "c", "3")]],
    ["no text", [edit(3, "d", "4")]],
    ["an overlap", [edit(0, "ab", "1"), edit(1, "bc", "2")]],
  ])("throws for %s", (_what, edits) => {
    expect(() => applyEdits("abc", edits)).toThrow(RangeError);
  });
});

const PARTS = /#.*|\/\*.*\*\/|\s+|\brec |\w+ = [^;{]*;|base \/\/ |lib\.fakeHash|\? "[^"]*"/g;

test("whatever is cut out of a file, a planned pin reads back with its new values, and the others as they were", () => {
  const whole = `
{ pkgs, lib, imageDigest ? "${D1}", ... }:
let
  shared = "${D1}";
  base = { imageName = "base"; imageDigest = shared; };
in rec {
  one = pkgs.dockerTools.pullImage {
    imageName = "org/app"; # 1.2
    imageDigest = shared;
    hash = lib.fakeHash; finalImageTag = "1.2";
  };
  two = pullImage (base // { sha256 = "${printHash(H1, "base32")}"; arch = "arm64"; });
  three = map pullImage [ { imageName = "x"; /* new */ } { inherit imageDigest; imageName = "y"; } ];
  four = nix2container.pullImage rec { imageName = "z"; imageDigest = ''${D1}''; };
}
`;
  const partCount = whole.match(PARTS)?.length ?? 0;
  const some = fc.subarray([...Array(partCount).keys()], { maxLength: 6 });
  const cut = fc.tuple(fc.nat(whole.length), fc.nat(60));
  fc.assert(
    fc.property(some, fc.option(cut, { freq: 2 }), (removed, anyCut) => {
      let nth = 0;
      let text = whole.replace(PARTS, (part) => (removed.includes(nth++) ? " " : part));
      if (anyCut !== null) text = text.slice(0, anyCut[0]) + text.slice(anyCut[0] + anyCut[1]);
      const { pins, problems } = readNixFile(nixParser, "images.nix", text);
      const { edits, refused } = planEdits(
        () => text,
        pins.map((pin) => ({ pin, change: to(D2, H2) })),
      );
      const after = applyEdits(text, edits);
      // What a parser makes of a broken file may change with every edit.
      if (problems.length > 0) return;
      const left = new Set(refused.map(({ pin }) => pin));
      const reread = readNixFile(nixParser, "images.nix", after).pins;
      expect(reread).toHaveLength(pins.length);
      for (const [index, pin] of pins.entries()) {
        const now = reread[index];
        if (left.has(pin)) {
          expect([valueIn(now?.imageDigest), valueIn(now?.hash)]).toEqual([
            valueIn(pin.imageDigest),
            valueIn(pin.hash),
          ]);
        } else {
          expect(valueIn(now?.imageDigest)).toBe(D2);
          expect(parseHash(valueIn(now?.hash) ?? "", now?.hashAttribute ?? "hash")).toMatchObject({
            value: { digest: H2 },
          });
        }
      }
    }),
    { numRuns: 60 },
  );
});

function valueIn(reading: AttributeReading | undefined): string | undefined {
  return reading?.state === "known" ? reading.value : reading?.state;
}
