import { closeSync, openSync, readSync } from "node:fs";
import { isSystemError } from "./system-error.ts";

/** Shorter parts are found in too many files. */
const SHORTEST_PART = 4;

/**
 * Whether files hold one of some words, as fast as their bytes can be read; true as well where that has to be looked at
 * closer: of files that can't be read, or that are longer than `window` bytes.
 */
export function createWordSearch(window: number): (path: string, words: readonly string[]) => boolean {
  const buffer = Buffer.allocUnsafe(window);
  const partsOf = new Map<readonly string[], readonly string[]>();
  return (path, words) => {
    const length = readInto(buffer, path);
    if (length === null || length === buffer.length) return true;
    const bytes = buffer.subarray(0, length);
    const parts = partsOf.get(words) ?? sharedParts(words);
    partsOf.set(words, parts);
    return hasWord(bytes, parts) && hasWord(bytes, words);
  };
}

export function hasWord(bytes: Buffer, words: readonly string[]): boolean {
  return words.some((word) => bytes.includes(word));
}

/** The bytes read; null when there are none to be had. */
function readInto(buffer: Buffer, path: string): number | null {
  try {
    const file = openSync(path, "r");
    try {
      return readSync(file, buffer, 0, buffer.length, 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

/**
 * Fewer words of which a text holds one if it holds one of the words: what they have in common, as "mage" of "imageDigest"
 * and "pullImage".
 */
export function sharedParts(words: readonly string[]): string[] {
  const parts: string[] = [];
  for (const word of words) {
    const index = parts.findIndex((part) => longestCommonPart(part, word).length >= SHORTEST_PART);
    if (index < 0) parts.push(word);
    else parts[index] = longestCommonPart(parts[index] ?? "", word);
  }
  return parts;
}

function longestCommonPart(one: string, other: string): string {
  let longest = "";
  for (let start = 0; start < one.length; start++) {
    for (let end = start + longest.length + 1; end <= one.length; end++) {
      if (!other.includes(one.slice(start, end))) break;
      longest = one.slice(start, end);
    }
  }
  return longest;
}
