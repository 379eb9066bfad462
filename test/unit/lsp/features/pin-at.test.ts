import { describe, expect, test } from "vitest";
import { attributeAt, pinAt, pinsAt } from "../../../../server/src/lsp/features/pin-at.ts";
import { OLD, opened, URI } from "./harness.ts";

const TWO = `let
  digest = "${OLD}";
in [
  (pullImage { imageName = "a"; imageDigest = digest; })
  (pullImage { imageName = "b"; imageDigest = digest; })
]
`;

function at(word: string) {
  const { views, document, cursor } = opened(TWO.replace(word, `¦${word}`));
  return { views, offset: document.offsetAt(cursor) };
}

describe("which pin is at a place", () => {
  test.each<[word: string, pin: string | null, attribute: string | null]>([
    ["let", null, null],
    ["sha256:", "pin 0", "imageDigest"],
    ['{ imageName = "a"', "pin 0", null],
    ['"a"', "pin 0", "imageName"],
    ["})", "pin 0", null],
    ["pullImage", null, null],
    ['imageName = "b"', "pin 1", "imageName"],
    ["]", null, null],
  ])("at %s", (word, pin, attribute) => {
    const { views, offset } = at(word);
    expect(pinAt(URI, views, offset)?.id ?? null).toBe(pin);
    expect(attributeAt(URI, views, offset)?.attribute ?? null).toBe(attribute);
  });

  test("a string that both read belongs to both", () => {
    const { views, offset } = at("sha256:");
    expect(pinsAt(URI, views, { start: offset, end: offset }).map(({ id }) => id)).toEqual(["pin 0", "pin 1"]);
  });

  test("a selection touches all that is in it", () => {
    const { views } = at("let");
    expect(pinsAt(URI, views, { start: 0, end: TWO.length }).map(({ id }) => id)).toEqual(["pin 0", "pin 1"]);
  });
});
