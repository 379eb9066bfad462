import type { AttributeReading, FileRange, Literal, Pin } from "./pin.ts";
import { PIN_ATTRIBUTES } from "./pin.ts";
import { literalKey } from "./strings.ts";

/**
 * The distinct pins among those of all files that were read, in their order. A data set is a pin of its own file and, where a
 * call in another file takes it, a pin of that one too: it is given once, as the call has it, which knows the final name
 * and tag; and so is what a function in one file pulls for its callers in others. Pins that say the same at the same place are one, called where any of them is. Linear in the number of pins.
 *
 * @param pins of all files that were read, in any order
 */
export function mergePins(pins: readonly Pin[]): Pin[] {
  const distinct = new Map<string, Pin>();
  for (const pin of pins) {
    const key = `${placeKey(pin)} ${statementKey(pin)}`;
    const same = distinct.get(key);
    distinct.set(
      key,
      same === undefined
        ? pin
        : {
            ...same,
            calledAt: distinctRanges([...same.calledAt, ...pin.calledAt]),
            pulledThrough: distinctRanges([...same.pulledThrough, ...pin.pulledThrough]),
          },
    );
  }
  const taken = new Set([...distinct.values()].filter(isTaking).flatMap((pin) => literalKeysOf(pin)));
  const through = new Set(pins.flatMap(({ pulledThrough }) => pulledThrough.map(rangeKey)));
  return [...distinct.values()].filter((pin) => {
    // A function that pulls what its callers say is no pin beside them.
    if (pin.imageDigest.state === "unknown" && through.has(placeKey(pin))) return false;
    const keys = isTaking(pin) ? [] : literalKeysOf(pin);
    return keys.length === 0 || !keys.every((key) => taken.has(key));
  });
}

/** Whether a pin is known by a call that stands elsewhere than its values. */
function isTaking(pin: Pin): boolean {
  return pin.calledAt.length > 0 || updatedLiterals(pin).some(({ file }) => file !== pin.file);
}

/** The literals of a pin's digest and hash, on all systems. */
function updatedLiterals(pin: Pin): readonly Literal[] {
  const own = [pin.imageDigest, pin.hash].flatMap((reading) => (reading.state === "known" ? reading.provenance : []));
  return [...own, ...pin.variants.flatMap(updatedLiterals)];
}

/** Keys of the literals of a pin's digest and hash; of those inside of a place only, if one is given. */
export function literalKeysOf(pin: Pin, within?: Pick<Pin, "file" | "range">): string[] {
  const isWithin = ({ file, range }: Literal) =>
    within === undefined ||
    (file === within.file && within.range.start <= range.start && range.end <= within.range.end);
  return updatedLiterals(pin).filter(isWithin).map(literalKey);
}

function placeKey({ file, range }: Pick<Pin, "file" | "range">): string {
  return rangeKey({ file, ...range });
}

function rangeKey({ file, start, end }: FileRange): string {
  return `${start}-${end} ${file}`;
}

/** The same for pins that say the same, by the same literals. */
export function statementKey(pin: Pin): string {
  const readings = [...PIN_ATTRIBUTES, "registryUrl" as const].map((name) => readingKey(pin[name]));
  return JSON.stringify([
    pin.callee,
    pin.hashAttribute,
    readings,
    pin.manifestFile?.file,
    pin.variants.map((variant) => [variant.systems, statementKey(variant)]),
  ]);
}

function readingKey(reading: AttributeReading): unknown {
  if (reading.state !== "known") return reading.state;
  return [reading.value, ...reading.provenance.map(literalKey)];
}

export function distinctRanges(ranges: readonly FileRange[]): FileRange[] {
  return [...new Map(ranges.map((range) => [rangeKey(range), range])).values()];
}
