// C0 and C1 controls, line separators, and the bidirectional controls that can reorder what a terminal or a hover shows.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

/** Text from outside (a registry, a file), made safe to show: one line, no control characters, at most `limit` long. */
export function printable(text: string, limit = 200): string {
  const line = text.replace(UNPRINTABLE, " ").trim();
  if (line.length <= limit) return line;
  const kept = line.slice(0, limit - 1);
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}
