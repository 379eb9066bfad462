/** The values of `lib.fakeHash` and `lib.fakeSha256`: an expression that is known to be one of them is all of a value. */
const FAKE_HASH = /^(?:sha256-A{43}=|0{64})$/;

/** Of Nix, JSON and TOML: `''…''`, `"""…"""` or `'''…'''` with the line break that doesn't count, `"…"`, `'…'`. */
const QUOTED = [
  /^("""(?:\r?\n)?)(.*)(""")$/s,
  /^('''(?:\r?\n)?)(.*)(''')$/s,
  /^('')(.*)('')$/s,
  /^(")(.*)(")$/s,
  /^(')(.*)(')$/s,
];

/** True for a token that is no string in quotes, such as `lib.fakeHash`, or a URI such as `sha256:ab…` as Nix once had it. */
export function isExpression(token: string): boolean {
  return !token.startsWith('"') && !token.startsWith("'");
}

/**
 * The token that makes a value out of another, in the same quotes; an expression becomes a plain string. When the token is a
 * part of the value (`"sha256:${hex}"`), the other parts must be parts of the new value too. Null when it can't be done.
 *
 * @param token a string literal of Nix, JSON or TOML with its quotes, or an expression
 * @param oldValue what the attribute evaluates to, all or part of which is the token's
 * @param newValue without anything that needs an escape, as digests and hashes are
 */
export function rewriteLiteral(token: string, oldValue: string, newValue: string): string | null {
  const isUri = token === oldValue;
  if (isExpression(token)) return isUri || FAKE_HASH.test(oldValue) ? `"${newValue}"` : null;
  const readings = QUOTED.flatMap((quoted) => {
    const [, open, content, close] = quoted.exec(token) ?? [];
    return open === undefined || content === undefined || close === undefined ? [] : [{ open, content, close }];
  });
  const whole = readings.find(({ content }) => content === oldValue);
  if (whole !== undefined) return whole.open + newValue + whole.close;
  const [first] = readings;
  if (first === undefined) return null;
  const replaced = rewriteContent(first.content, oldValue, newValue);
  return replaced === null ? null : first.open + replaced + first.close;
}

/** As `rewriteLiteral`, of what stands between quotes. */
export function rewriteContent(content: string, oldValue: string, newValue: string): string | null {
  if (content === oldValue) return newValue;
  if (content === "") return null;
  const start = oldValue.indexOf(content);
  if (start < 0 || oldValue.includes(content, start + 1)) return null;
  const before = oldValue.slice(0, start);
  const after = oldValue.slice(start + content.length);
  if (!newValue.startsWith(before) || !newValue.endsWith(after)) return null;
  if (newValue.length < before.length + after.length) return null;
  return newValue.slice(before.length, newValue.length - after.length);
}
