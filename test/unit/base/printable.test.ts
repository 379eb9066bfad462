import fc from "fast-check";
import { expect, test } from "vitest";
import { printable } from "../../../server/src/base/printable.ts";

test.each([
  ["plain text stays", "plain text stays"],
  ["Zürich, 東京, 🐳", "Zürich, 東京, 🐳"],
  ["  outer space ", "outer space"],
  ["two\r\nlines", "two lines"],
  ["\u001b[31mred\u001b[0m", "[31mred [0m"],
  ["\u009b31mred", "31mred"],
  ["bell\u0007, null\0", "bell , null"],
  ["user\u202egnp.exe", "user gnp.exe"],
  ["a\u2066b\u2069c\u200fd", "a b c d"],
  ["a\u2028b\u2029c", "a b c"],
  ["", ""],
])("%j is shown as %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("longer text is cut and says so", () => {
  expect(printable("abcdef", 6)).toBe("abcdef");
  expect(printable("abcdefg", 6)).toBe("abcde…");
  expect(printable("x".repeat(1000))).toHaveLength(200);
});

test("a cut leaves no half of a character", () => {
  expect(printable("abc🐳🐳", 5)).toBe("abc…");
});

/** Any UTF-16 units, paired or not. */
const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));
const LONE_SURROGATE = /\p{Surrogate}/u;

test("any text becomes one printable line within the limit", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 50 }), (text, limit) => {
      const shown = printable(text, limit);
      expect(shown.length).toBeLessThanOrEqual(limit);
      expect(shown).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      if (!LONE_SURROGATE.test(text)) expect(shown).not.toMatch(LONE_SURROGATE);
    }),
  );
});
