/**
 * XXH64 with seed 0, of which zstd frames store the lower half. Sixty-four-bit numbers are pairs of thirty-two-bit ones,
 * since BigInt is a hundred times slower. Source: the xxHash specification (doc/xxhash_spec.md).
 */
export class XxHash64 {
  /** Four accumulators, low half before high half. */
  readonly #lanes = new Int32Array(8);
  readonly #stripe = Buffer.alloc(STRIPE_LENGTH);
  #buffered = 0;
  #length = 0;

  constructor() {
    add(this.#lanes, 0, P1);
    add(this.#lanes, 0, P2);
    add(this.#lanes, 2, P2);
    subtract(this.#lanes, 6, P1);
  }

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#buffered > 0) {
      at = Math.min(STRIPE_LENGTH - this.#buffered, bytes.length);
      this.#stripe.set(bytes.subarray(0, at), this.#buffered);
      this.#buffered += at;
      if (this.#buffered < STRIPE_LENGTH) return;
      consumeStripes(this.#lanes, this.#stripe);
      this.#buffered = 0;
    }
    const whole = at + Math.floor((bytes.length - at) / STRIPE_LENGTH) * STRIPE_LENGTH;
    consumeStripes(this.#lanes, bytes.subarray(at, whole));
    this.#buffered = bytes.length - whole;
    this.#stripe.set(bytes.subarray(whole));
  }

  /** What a zstd frame stores. */
  lowHalf(): number {
    return Number(this.digest() & 0xffffffffn);
  }

  digest(): bigint {
    let hash = this.#length >= STRIPE_LENGTH ? this.#mergedLanes() : PRIME_5;
    hash = wrap(hash + BigInt(this.#length));
    const rest = this.#stripe.subarray(0, this.#buffered);
    let at = 0;
    for (; at + 8 <= rest.length; at += 8) {
      hash = wrap(rotate(hash ^ round(0n, rest.readBigUInt64LE(at)), 27n) * PRIME_1 + PRIME_4);
    }
    for (; at + 4 <= rest.length; at += 4) {
      hash = wrap(rotate(hash ^ wrap(BigInt(rest.readUInt32LE(at)) * PRIME_1), 23n) * PRIME_2 + PRIME_3);
    }
    for (; at < rest.length; at++) {
      hash = wrap(rotate(hash ^ wrap(BigInt(rest.readUInt8(at)) * PRIME_5), 11n) * PRIME_1);
    }
    hash = wrap((hash ^ (hash >> 33n)) * PRIME_2);
    hash = wrap((hash ^ (hash >> 29n)) * PRIME_3);
    return hash ^ (hash >> 32n);
  }

  #mergedLanes(): bigint {
    const lanes = new BigUint64Array(4);
    for (let lane = 0; lane < 4; lane++) {
      const low = BigInt((this.#lanes[2 * lane] ?? 0) >>> 0);
      const high = BigInt((this.#lanes[2 * lane + 1] ?? 0) >>> 0);
      lanes[lane] = (high << 32n) | low;
    }
    const [a = 0n, b = 0n, c = 0n, d = 0n] = lanes;
    let hash = wrap(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
    for (const lane of lanes) hash = wrap((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4);
    return hash;
  }
}

const STRIPE_LENGTH = 32;
const PRIME_1 = 0x9e3779b185ebca87n;
const PRIME_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME_3 = 0x165667b19e3779f9n;
const PRIME_4 = 0x85ebca77c2b2ae63n;
const PRIME_5 = 0x27d4eb2f165667c5n;

/** Low and high half. */
type Halves = readonly [number, number];
const P1: Halves = [0x85ebca87 | 0, 0x9e3779b1 | 0];
const P2: Halves = [0x27d4eb4f | 0, 0xc2b2ae3d | 0];

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotate(value: bigint, count: bigint): bigint {
  return wrap(value << count) | (value >> (64n - count));
}

function round(accumulator: bigint, input: bigint): bigint {
  return wrap(rotate(wrap(accumulator + input * PRIME_2), 31n) * PRIME_1);
}

function add(lanes: Int32Array, at: number, [low, high]: Halves): void {
  const sum = ((lanes[at] ?? 0) >>> 0) + (low >>> 0);
  lanes[at] = sum;
  lanes[at + 1] = (lanes[at + 1] ?? 0) + high + (sum > 0xffffffff ? 1 : 0);
}

function subtract(lanes: Int32Array, at: number, [low, high]: Halves): void {
  const difference = ((lanes[at] ?? 0) >>> 0) - (low >>> 0);
  lanes[at] = difference;
  lanes[at + 1] = (lanes[at + 1] ?? 0) - high - (difference < 0 ? 1 : 0);
}

/** `round` above for each lane, over stripes of 32 bytes. One lane after the other, so that its halves stay in registers. */
function consumeStripes(lanes: Int32Array, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [p1Low, p1High] = P1;
  const [p2Low, p2High] = P2;
  for (let lane = 0; lane < 8; lane += 2) {
    let low = lanes[lane] ?? 0;
    let high = lanes[lane + 1] ?? 0;
    for (let at = 4 * lane; at < bytes.length; at += STRIPE_LENGTH) {
      const inputLow = view.getInt32(at, true);
      const inputHigh = view.getInt32(at + 4, true);
      const product = Math.imul(inputLow, p2Low);
      const sum = (low + product) | 0;
      const carry = ((low & product) | ((low | product) & ~sum)) >>> 31;
      const products = multiplyHigh(inputLow, p2Low) + Math.imul(inputLow, p2High) + Math.imul(inputHigh, p2Low);
      const sumHigh = (high + products + carry) | 0;
      const rotatedLow = (sum << 31) | (sumHigh >>> 1);
      const rotatedHigh = (sumHigh << 31) | (sum >>> 1);
      low = Math.imul(rotatedLow, p1Low);
      high = (multiplyHigh(rotatedLow, p1Low) + Math.imul(rotatedLow, p1High) + Math.imul(rotatedHigh, p1Low)) | 0;
    }
    lanes[lane] = low;
    lanes[lane + 1] = high;
  }
}

/** The upper half of the product of two unsigned thirty-two-bit numbers; no step needs more than thirty-two bits. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16);
  const carried = Math.imul(aLow, bHigh) + (middle & 0xffff);
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carried >>> 16)) | 0;
}
