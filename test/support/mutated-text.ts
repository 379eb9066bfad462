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

/** A string, a comment, a name, white space, or one other character. */
const TOKEN = /"(?:[^"\\]|\\.)*"|''(?:[^']|'(?!'))*''|#[^\n]*|\/\*[\s\S]*?\*\/|[\w'-]+|\s+|[\s\S]/g;
const LINE = /[^\n]*\n|[^\n]+$/g;

/** A text with some of its tokens or lines taken out, doubled or swapped, or cut off at one of them. */
export function mutatedTokensOf(text: string): fc.Arbitrary<string> {
  return fc
    .record({
      unit: fc.constantFrom(TOKEN, TOKEN, LINE),
      kind: fc.constantFrom("delete", "double", "swap", "swap", "repeat-elsewhere", "truncate"),
      times: fc.integer({ min: 1, max: 2 }),
      places: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 4, maxLength: 4 }),
    })
    .map(({ unit, kind, times, places }) => {
      const pieces: string[] = text.match(unit) ?? [];
      for (let turn = 0; turn < times; turn++) {
        // White space seldom matters.
        const marked = pieces.flatMap((piece, index) => (piece.trim() === "" ? [] : [index]));
        const [at, other] = places.slice(2 * turn).map((place) => marked[Math.floor(place * marked.length)] ?? 0);
        if (at === undefined || other === undefined) break;
        const [one, two] = [pieces[at] ?? "", pieces[other] ?? ""];
        if (kind === "delete") pieces.splice(at, 1);
        else if (kind === "double") pieces.splice(at, 0, one);
        else if (kind === "truncate") pieces.length = at;
        else if (kind === "repeat-elsewhere") pieces[other] = one;
        else [pieces[at], pieces[other]] = [two, one];
      }
      return pieces.join("");
    });
}
