const MASK = "***";
/** Shorter secrets would mask ordinary words. */
const SHORTEST_SECRET = 4;

/** Keeps secrets out of what is logged or shown. */
export interface Redactor {
  /** From now on `secret` is masked, also as it stands in a URL or in a Basic header. */
  protect(secret: string): void;
  /** `text` without protected secrets, authorization values, and queries or user information of URLs. */
  redact(text: string): string;
}

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    protect(secret) {
      if (secret.length < SHORTEST_SECRET) return;
      secrets.add(secret);
      secrets.add(encodeURIComponent(secret));
    },
    redact(text) {
      let redacted = text;
      for (const secret of secrets) redacted = redacted.replaceAll(secret, MASK);
      return redacted
        .replace(/(authorization:[ \t]*\w+[ \t]+)[^\s"',]+/gi, `$1${MASK}`)
        .replace(/\b(bearer|basic)[ \t]+[A-Za-z0-9._~+/=-]{20,}/gi, `$1 ${MASK}`)
        .replace(/(https?:\/\/)[^\s/@"'<>]*@/gi, `$1${MASK}@`)
        .replace(/(https?:\/\/[^\s?"'<>]*)\?[^\s"'<>]*/gi, `$1?${MASK}`);
    },
  };
}

/** Scheme, host and path: what of a URL may be shown. */
export function showUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
