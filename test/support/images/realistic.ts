import { type RandomBelow, seededRandom } from "./random.ts";

const POOL_SIZE = 12 * 1024 * 1024;
const WORD_COUNT = 6000;

/**
 * Content that compresses about three to one with gzip, as the file systems of real images do: runs of text, of
 * machine code and of data that is compressed already. The same seed gives the same bytes.
 */
export function realisticContent(seed: number, size: number): Buffer {
  const below = seededRandom(seed);
  const pool = createPool(below);
  const content = Buffer.allocUnsafe(size);
  // gzip looks back 32 KiB only, so pieces of a much larger pool are as good as new content.
  for (let at = 0; at < size; ) {
    const length = Math.min(size - at, 8192 + below(65536));
    const from = below(POOL_SIZE - length);
    at += pool.copy(content, at, from, from + length);
  }
  return content;
}

function createPool(below: RandomBelow): Buffer {
  const pool = Buffer.allocUnsafe(POOL_SIZE);
  const words = Array.from({ length: WORD_COUNT }, () => wordOf(below));
  for (let at = 0; at < POOL_SIZE; ) {
    const end = Math.min(POOL_SIZE, at + 16384 + below(65536));
    const kind = below(100);
    const fill = kind < 45 ? fillWithText : kind < 93 ? fillWithCode : fillWithNoise;
    fill(pool.subarray(at, end), below, words);
    at = end;
  }
  return pool;
}

function wordOf(below: RandomBelow): Buffer {
  const letters = Array.from({ length: 2 + below(9) }, () => String.fromCharCode(97 + Math.min(below(26), below(26))));
  return Buffer.from(`${letters.join("")}${below(8) === 0 ? ".\n" : " "}`);
}

function fillWithText(run: Buffer, below: RandomBelow, words: readonly Buffer[]): void {
  for (let at = 0; at < run.length; ) {
    // Frequent words are few, as in every language.
    const word = words[Math.floor((below(WORD_COUNT) / WORD_COUNT) ** 6 * WORD_COUNT)];
    at += word?.copy(run, at) ?? run.length;
  }
}

/** Instructions: few opcodes and registers, an operand that is small mostly, and the idioms of a compiler repeated. */
function fillWithCode(run: Buffer, below: RandomBelow): void {
  run.fill(0);
  for (let at = 0; at + 8 <= run.length; at += 8) {
    if (at > 4096 && below(3) > 0) {
      const from = at - 8 * (4 + below(500));
      const length = Math.min(8 * (1 + below(6)), run.length - at);
      run.copy(run, at, from, Math.min(from + length, at));
      at += length - 8;
      continue;
    }
    run[at] = Math.min(below(90), below(90), below(90));
    run[at + 1] = 0x48 + (below(5) === 0 ? below(8) : 0);
    run[at + 2] = 0x10 * below(6);
    if (below(2) === 0) run.writeUInt16LE(below(below(4) === 0 ? 65536 : 64), at + 4);
  }
}

function fillWithNoise(run: Buffer, below: RandomBelow): void {
  for (let at = 0; at < run.length; at++) run[at] = below(256);
}
