// C0 and C1 controls, and the bidirectional controls that can reorder what a terminal or a hover shows.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** Text from outside (a registry, a file), made safe to show: one line, no control characters, at most `limit` long. */
export function printable(text: string, limit = 200): string {
  const line = text.replace(UNPRINTABLE, " ").trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
