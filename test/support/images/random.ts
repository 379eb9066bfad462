/** A source of numbers that are the same on every run: whole, at least 0 and below `limit`. */
export type RandomBelow = (limit: number) => number;

/** Marsaglia's xorshift with 32 bits of state; good enough for test content, and fast. */
export function seededRandom(seed: number): RandomBelow {
  let state = seed | 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Bytes that do not compress. */
export function randomBytes(seed: number, size: number): Uint8Array {
  const below = seededRandom(seed);
  return Uint8Array.from({ length: size }, () => below(256));
}
