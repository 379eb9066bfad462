import fc from "fast-check";
import { expect, test } from "vitest";
import { compactJson } from "../../../server/src/archive/go-compact.ts";

function compacted(text: string): string {
  return Buffer.from(compactJson(Buffer.from(text))).toString();
}

test("any indented document becomes what JSON.stringify writes, with Go's escapes", () => {
  const escapes = new Map([
    ["<", "\\u003c"],
    [">", "\\u003e"],
    ["&", "\\u0026"],
    ["\u2028", "\\u2028"],
    ["\u2029", "\\u2029"],
  ]);
  const text = fc.string({ unit: fc.constantFrom("a", " ", '"', "\\", "\n", "é", ...escapes.keys()) });
  const document = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      tie("list"),
      tie("set"),
    ),
    list: fc.array(tie("value"), { maxLength: 4 }),
    set: fc.dictionary(text, tie("value"), { maxKeys: 4 }),
  })).value;
  fc.assert(
    fc.property(document, fc.constantFrom("", " ", "\t"), (value, indent) => {
      const expected = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (found) => escapes.get(found)!);
      expect(compacted(JSON.stringify(value, null, indent))).toBe(expected);
      expect(compacted(expected)).toBe(expected);
    }),
  );
});
