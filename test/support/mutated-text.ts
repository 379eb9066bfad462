import fc from "fast-check";

/** A text with a stretch of it taken out, doubled, or swapped with another. */
export function mutationOf(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom(...texts),
      fc.constantFrom("delete", "double", "move"),
      fc.double({ min: 0, max: 1, noNaN: true }),
    )
    .chain(([text, kind, at]) =>
      fc.tuple(fc.nat(40), fc.nat(text.length)).map(([length, target]) => {
        const start = Math.floor(at * text.length);
        const piece = text.slice(start, start + length);
        const without = text.slice(0, start) + text.slice(start + length);
        if (kind === "delete") return without;
        if (kind === "double") return text.slice(0, start) + piece + text.slice(start);
        return without.slice(0, target) + piece + without.slice(target);
      }),
    );
}
