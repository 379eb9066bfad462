/** Passes on results in the order of their keys, though they come in any order. */
export interface InOrder<K, V> {
  /** A result is here: passes on what is next, and all that waited behind it. */
  settle(key: K, value: V): void;
  /** Passes on what waits, in order, and from now on everything at once. */
  flush(): void;
}

export function createInOrder<K extends object, V extends object>(
  keys: readonly K[],
  pass: (value: V) => void,
): InOrder<K, V> {
  const waiting = new Map<K, V>();
  let next = 0;
  let isFlushed = false;
  const passOn = (key: K) => {
    const value = waiting.get(key);
    if (value === undefined) return false;
    waiting.delete(key);
    pass(value);
    return true;
  };
  return {
    settle(key, value) {
      waiting.set(key, value);
      if (isFlushed) passOn(key);
      for (let key = keys[next]; key !== undefined && passOn(key); key = keys[next]) next += 1;
    },
    flush() {
      isFlushed = true;
      for (const key of keys) passOn(key);
    },
  };
}
