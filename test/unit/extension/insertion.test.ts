import { describe, expect, test } from "vitest";
import { indentAfterFirstLine, indentationOf, shiftOffset } from "../../../client/src/insertion.ts";

describe("where the cursor's place is after other edits", () => {
  const change = (rangeOffset: number, rangeLength: number, text: string) => ({ rangeOffset, rangeLength, text });
  test.each([
    ["nothing changed", [], 10],
    ["text before it", [change(2, 0, "abc")], 13],
    ["text at it, as when typing on", [change(10, 0, "abc")], 13],
    ["text after it", [change(11, 0, "abc")], 10],
    ["text before it removed", [change(2, 5, "")], 5],
    ["what it stands in replaced", [change(8, 4, "abc")], 11],
    ["what it stands in removed", [change(8, 4, "")], 8],
    ["several at once, the last in the text first", [change(20, 1, ""), change(5, 0, "xy"), change(0, 1, "")], 11],
  ])("%s", (_, changes, expected) => {
    expect(shiftOffset(10, changes)).toBe(expected);
  });
});

test.each([
  ["    image = ", "    "],
  ["\t\timage = ", "\t\t"],
  ["image = ", ""],
  ["", ""],
])("the indentation of %j", (line, indentation) => {
  expect(indentationOf(line)).toBe(indentation);
});

test("a call is indented as the line it is put in, and ends in it", () => {
  const call = 'pullImage {\n  imageName = "alpine";\n\n}\n';
  expect(indentAfterFirstLine(call, "    ")).toBe('pullImage {\n      imageName = "alpine";\n\n    }');
});
