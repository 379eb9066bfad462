import type { RandomBelow } from "../support/images/random.ts";

/** What parsers of headers, JSON and TOML stumble over. */
const ODDITIES = [
  ..."\"'\\,;=<>{}[]()/:@#%?&*+-_.~ \t\r\n",
  "\u0000",
  "\u001b[31m",
  "\u202e",
  "\u2028",
  "é",
  "😀",
  "\ud800",
  "null",
  "true",
  "-1",
  "1e999",
  "9".repeat(30),
  "__proto__",
  "constructor",
  "../",
  "sha256:",
  "https://",
  '""',
  "[]",
  "{}",
];

/** One of the texts after one to six changes: something taken out, doubled, moved, replaced, or put in. */
export function mutate(texts: readonly string[], below: RandomBelow): string {
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  let text = pick(texts);
  for (let changes = 1 + below(6); changes > 0; changes -= 1) {
    const from = below(text.length + 1);
    const to = Math.min(text.length, from + below(1 + below(40)));
    const piece = text.slice(from, to);
    const replacement = pick([
      () => "",
      () => piece + piece,
      () => pick(ODDITIES),
      () => piece + pick(ODDITIES),
      () => pick(ODDITIES).repeat(1 + below(100)),
      () => pick(texts),
      () => String.fromCharCode(below(0x10000)),
    ])();
    text = text.slice(0, from) + replacement + text.slice(to);
  }
  return text.slice(0, 20_000);
}
