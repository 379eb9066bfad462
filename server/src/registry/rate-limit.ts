export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds: number | null;
}

const VALUE = /^[ \t]*(\d{1,12})(?:[ \t]*;[ \t]*w=(\d{1,9}))?[ \t]*(?:[;,]|$)/;

/**
 * Reads Docker Hub's `ratelimit-limit: 100;w=21600` and `ratelimit-remaining: 76;w=21600`: requests, and a window in
 * seconds. Null when either is missing (then nothing is limited) or cannot be read.
 */
export function readRateLimit(limitLines: readonly string[], remainingLines: readonly string[]): RateLimit | null {
  const [, limit, limitWindow] = VALUE.exec(limitLines[0] ?? "") ?? [];
  const [, remaining, remainingWindow] = VALUE.exec(remainingLines[0] ?? "") ?? [];
  if (limit === undefined || remaining === undefined) return null;
  const window = remainingWindow ?? limitWindow;
  return {
    limit: Number(limit),
    remaining: Number(remaining),
    windowSeconds: window === undefined ? null : Number(window),
  };
}
