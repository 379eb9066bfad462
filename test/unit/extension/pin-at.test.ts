import { expect, test } from "vitest";
import { pinAt } from "../../../client/src/pin-at.ts";
import type { PinItem } from "../../../server/src/lsp/protocol.ts";

type Place = readonly [line: number, character: number];

function pin(image: string, [startLine, startCharacter]: Place, [endLine, endCharacter]: Place): PinItem {
  return {
    uri: "file:///pins.nix",
    range: {
      start: { line: startLine, character: startCharacter },
      end: { line: endLine, character: endCharacter },
    },
    image,
    digest: null,
    status: "",
    argument: { uri: "file:///pins.nix", version: 1, id: image },
    signIn: null,
  };
}

// a = pullImage { … };        lines 2 to 6
// b = pullImage { … }; c = pullImage { … };   line 8
// outer = f { image = pullImage { … }; }      lines 10 to 16, in it 12 to 14
const pins = [
  pin("a", [2, 4], [6, 1]),
  pin("b", [8, 4], [8, 20]),
  pin("c", [8, 26], [8, 42]),
  pin("outer", [10, 0], [16, 1]),
  pin("inner", [12, 10], [14, 3]),
];

test.each<readonly [string, Place, string | null]>([
  ["inside", [4, 0], "a"],
  ["at its first character", [2, 4], "a"],
  ["behind its last character", [6, 1], "a"],
  ["before it on its line", [2, 0], "a"],
  ["behind it on its last line", [6, 2], "a"],
  ["two on a line: in the first", [8, 5], "b"],
  ["two on a line: in the second", [8, 30], "c"],
  ["a pin in a pin: in the inner", [13, 0], "inner"],
  ["a pin in a pin: in the outer only", [11, 0], "outer"],
  ["nowhere near", [0, 0], null],
  ["between two", [7, 0], null],
])("%s", (_, [line, character], expected) => {
  expect(pinAt(pins, { line, character })?.image ?? null).toBe(expected);
});
