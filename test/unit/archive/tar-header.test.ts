import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TAR_END, tarFileHeader, tarPadding, tarSymlinkHeader } from "../../../server/src/archive/tar-header.ts";
import { readTarHeader } from "../../support/tar-reader.ts";

const GIB = 1024 ** 3;

/** The stretches of a block that are not zero: offset and text. */
function fieldsOf(block: Uint8Array): [number, string][] {
  const text = Buffer.from(block).toString("latin1");
  return [...text.matchAll(/[^\0]+/g)].map((match) => [match.index, match[0]]);
}

test("a file's header", () => {
  expect(fieldsOf(tarFileHeader("manifest.json", 0o1234))).toEqual([
    [0, "manifest.json"],
    [100, "0000444"],
    [108, "0000000"],
    [116, "0000000"],
    [124, "00000001234"],
    [136, "00000000000"],
    [148, expect.stringMatching(/^[0-7]{6}$/)],
    [155, " 0"],
    [257, "ustar"],
    [263, "00"],
    [329, "0000000"],
    [337, "0000000"],
  ]);
});

test("a symbolic link's header", () => {
  expect(fieldsOf(tarSymlinkHeader("id/layer.tar", "../hex.tar"))).toEqual([
    [0, "id/layer.tar"],
    [100, "0000000"],
    [108, "0000000"],
    [116, "0000000"],
    [124, "00000000000"],
    [136, "00000000000"],
    [148, expect.stringMatching(/^[0-7]{6}$/)],
    [155, " 2../hex.tar"],
    [257, "ustar"],
    [263, "00"],
    [329, "0000000"],
    [337, "0000000"],
  ]);
});

describe("from 8 GiB on", () => {
  test("one byte less is still octal", () => {
    expect(fieldsOf(tarFileHeader("a.tar", 8 * GIB - 1))).toContainEqual([124, "77777777777"]);
  });

  test("an extended header carries the size", () => {
    const header = tarFileHeader("a.tar", 8 * GIB);
    expect(header).toHaveLength(3 * 512);
    expect(fieldsOf(header.subarray(0, 512))).toEqual([
      [0, "PaxHeaders.0/a.tar"],
      [100, "0000000"],
      [108, "0000000"],
      [116, "0000000"],
      [124, "00000000023"],
      [136, "00000000000"],
      [148, expect.stringMatching(/^[0-7]{6}$/)],
      [155, " x"],
      [257, "ustar"],
      [263, "00"],
    ]);
    expect(fieldsOf(header.subarray(512, 1024))).toEqual([[0, "19 size=8589934592\n"]]);
    expect(Buffer.from(header.subarray(1024))).toEqual(Buffer.from(tarFileHeader("a.tar", 0)));
  });

  test("the record counts its own length, one digit more included", () => {
    const record = (size: number) => fieldsOf(tarFileHeader("a.tar", size).subarray(512, 1024));
    expect(record(10 * 1000 ** 3)).toEqual([[0, "20 size=10000000000\n"]]);
  });

  test("the extended header of a file in a folder stands in that folder", () => {
    expect(fieldsOf(tarFileHeader("folder/a.tar", 8 * GIB))[0]).toEqual([0, "folder/PaxHeaders.0/a.tar"]);
  });
});

test.each([-1, 0.5, Number.NaN, 2 ** 53])("%d is not a size", (size) => {
  expect(() => tarFileHeader("a", size)).toThrow(RangeError);
});

test("a name of 100 characters fits, a longer one is refused", () => {
  expect(readTarHeader(Buffer.from(tarFileHeader("n".repeat(100), 1))).name).toBe("n".repeat(100));
  expect(() => tarFileHeader("n".repeat(101), 1)).toThrow(RangeError);
  expect(() => tarSymlinkHeader("n", "t".repeat(101))).toThrow(RangeError);
});

test("any header reads back", () => {
  const name = fc.stringMatching(/^[0-9a-f]{1,64}(\/[a-zA-Z.]{1,10})?$/);
  fc.assert(
    fc.property(name, fc.nat({ max: 8 * GIB - 1 }), (written, size) => {
      expect(readTarHeader(Buffer.from(tarFileHeader(written, size)))).toEqual({
        name: written,
        mode: "0000444",
        size,
        typeFlag: "0",
        linkTarget: "",
      });
    }),
  );
  fc.assert(
    fc.property(name, name, (written, linkTarget) => {
      expect(readTarHeader(Buffer.from(tarSymlinkHeader(written, linkTarget)))).toMatchObject({
        name: written,
        size: 0,
        typeFlag: "2",
        linkTarget,
      });
    }),
  );
});

test("an extended record says its own length", () => {
  fc.assert(
    fc.property(fc.integer({ min: 8 * GIB, max: Number.MAX_SAFE_INTEGER }), (size) => {
      const record = Buffer.from(tarFileHeader("a", size).subarray(512, 1024)).toString("latin1").replace(/\0+$/, "");
      expect(record).toBe(`${record.length} size=${size}\n`);
    }),
  );
});

test("padding fills the last block with zeros", () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (size) => {
      const padding = tarPadding(size);
      expect((size + padding.length) % 512).toBe(0);
      expect(padding.length).toBeLessThan(512);
      expect(padding.every((byte) => byte === 0)).toBe(true);
    }),
  );
});

test("the end is two blocks of zeros", () => {
  expect(Buffer.from(TAR_END)).toEqual(Buffer.alloc(1024));
});
