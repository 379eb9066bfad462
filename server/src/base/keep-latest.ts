/** Keeps a value in a map as its latest; of more than `limit` the oldest go. */
export function keepLatest<K, V>(map: Map<K, V>, limit: number, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= limit) return;
    map.delete(oldest);
  }
}
