import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { XxHash64 } from "../../../server/src/archive/xxhash64.ts";

function hashOf(...pieces: Uint8Array[]): string {
  const hash = new XxHash64();
  for (const piece of pieces) hash.update(piece);
  return hash.digest().toString(16).padStart(16, "0");
}

describe("published values", () => {
  test.each([
    ["", "ef46db3751d8e999"],
    ["a", "d24ec4f1a98c6e5b"],
    ["abc", "44bc2cf5ad770999"],
    ["message digest", "066ed728fceeb3be"],
    ["abcdefghijklmnopqrstuvwxyz", "cfe1f278fa89835c"],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "aaa46907d3047814"],
    ["12345678901234567890123456789012345678901234567890123456789012345678901234567890", "e04a477f19ee145d"],
  ])("%j", (text, hash) => {
    expect(hashOf(Buffer.from(text))).toBe(hash);
  });
});

test("the lower half is what a frame stores", () => {
  const hash = new XxHash64();
  hash.update(Buffer.from("abc"));
  expect(hash.lowHalf()).toBe(0xad770999);
});

test("how the data is cut makes no difference", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 8 }), (pieces) => {
      expect(hashOf(...pieces)).toBe(hashOf(Buffer.concat(pieces)));
    }),
  );
});
