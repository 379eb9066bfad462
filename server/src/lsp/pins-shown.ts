import { mergePins, statementKey } from "../nix/merge-pins.ts";
import { PIN_ATTRIBUTES, type Pin } from "../nix/pin.ts";
import type { DocumentReading } from "./document-readings.ts";

/** The pins that show in a file, in the order of its text, and the texts of the files that they stand in. */
export interface ShownPins {
  readonly pins: readonly Pin[];
  readonly sources: ReadonlyMap<string, string>;
}

/** The pins that were read in a file, and those of other files that have their values or a call there. */
export function pinsShownIn(own: DocumentReading, others: readonly DocumentReading[]): ShownPins {
  const { file } = own;
  const text = own.sources.get(file);
  // A reading of another text of the file says nothing of this one.
  const looking = others.filter((other) => other.file !== file && other.sources.get(file) === text);
  const foreign = looking.flatMap((other) => {
    const pins = other.pins.filter((pin) => filesOf(pin).has(file));
    return pins.length === 0 ? [] : [{ pins, sources: other.sources }];
  });
  if (foreign.length === 0) return own;
  const pins = mergePins([...own.pins, ...foreign.flatMap((reading) => reading.pins)]);
  const sources = new Map([...foreign.flatMap((reading) => [...reading.sources]), ...own.sources]);
  const starts = new Map(pins.map((pin) => [pin, startIn(pin, file)]));
  return { pins: pins.toSorted((one, other) => (starts.get(one) ?? 0) - (starts.get(other) ?? 0)), sources };
}

/** The files that a pin is written in or called from. */
export function filesOf(pin: Pin): ReadonlySet<string> {
  const files = new Set([pin.file, ...pin.calledAt.map(({ file }) => file)]);
  if (pin.siblingImage !== null) files.add(pin.siblingImage.literal.file);
  for (const each of [pin, ...pin.variants]) {
    if (each.manifestFile !== null) files.add(each.manifestFile.file);
    for (const attribute of PIN_ATTRIBUTES) {
      const reading = each[attribute];
      if (reading.state === "absent") continue;
      files.add(reading.at.file);
      if (reading.state === "known") for (const literal of reading.provenance) files.add(literal.file);
    }
  }
  return files;
}

function startIn(pin: Pin, file: string): number {
  if (pin.file === file) return pin.range.start;
  const call = pin.calledAt.find((one) => one.file === file);
  if (call !== undefined) return call.start;
  const literals = PIN_ATTRIBUTES.flatMap((name) => {
    const reading = pin[name];
    return reading.state === "known" ? reading.provenance.filter((literal) => literal.file === file) : [];
  });
  return Math.min(...literals.map(({ range }) => range.start), Number.MAX_SAFE_INTEGER);
}

/** The same for what is one pin, in whichever file's reading. */
export function pinKeyOf(pin: Pin): string {
  const { file, range } = pin;
  return JSON.stringify([file, range.start, range.end, statementKey(pin)]);
}
