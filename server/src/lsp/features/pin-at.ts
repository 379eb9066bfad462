import {
  type AttributeReading,
  type Literal,
  PIN_ATTRIBUTES,
  type Pin,
  type PinAttribute,
  type TextRange,
} from "../../nix/pin.ts";
import type { PinView } from "../pin-view.ts";
import { callsIn } from "./pin-places.ts";

/** An attribute of a pin that stands at a place in the text, there or through a variable. */
export interface AttributeAt {
  readonly view: PinView;
  /** The pin, or the variant of it, whose attribute it is. */
  readonly pin: Pin;
  readonly attribute: PinAttribute;
  readonly range: TextRange;
}

/** The attribute whose name or value an offset of a file is in; the smallest of several, null for none. */
export function attributeAt(file: string, views: readonly PinView[], offset: number): AttributeAt | null {
  const found = views.flatMap((view) =>
    [view.pin, ...view.pin.variants].flatMap((pin) =>
      PIN_ATTRIBUTES.flatMap((attribute) =>
        placesOf(file, pin, pin[attribute])
          .filter((range) => range.start <= offset && offset <= range.end)
          .map((range) => ({ view, pin, attribute, range })),
      ),
    ),
  );
  return found.toSorted((one, other) => lengthOf(one.range) - lengthOf(other.range))[0] ?? null;
}

/** The pins that a range touches: their sets, their calls, or the literals that they read from elsewhere in the file. */
export function pinsAt(file: string, views: readonly PinView[], range: TextRange): PinView[] {
  return views.filter(({ pin }) =>
    spansOf(file, pin).some(({ start, end }) => start <= range.end && range.start <= end),
  );
}

/** The pin that an offset is in: by its attribute, else the smallest set or call around it. */
export function pinAt(file: string, views: readonly PinView[], offset: number): PinView | null {
  const byAttribute = attributeAt(file, views, offset)?.view;
  if (byAttribute !== undefined) return byAttribute;
  const around = pinsAt(file, views, { start: offset, end: offset }).map((view) => {
    const lengths = spansOf(file, view.pin)
      .filter(({ start, end }) => start <= offset && offset <= end)
      .map(lengthOf);
    return { view, length: Math.min(...lengths) };
  });
  return around.toSorted((one, other) => one.length - other.length)[0]?.view ?? null;
}

function spansOf(file: string, pin: Pin): TextRange[] {
  const own = pin.file === file ? [pin.range] : [];
  const attributes = [pin, ...pin.variants].flatMap((each) =>
    PIN_ATTRIBUTES.flatMap((attribute) => placesOf(file, each, each[attribute])),
  );
  return [...own, ...callsIn(file, pin), ...attributes];
}

/** Where a reading stands in a file: its binding, and the strings that it was read from. */
function placesOf(file: string, pin: Pin, reading: AttributeReading): TextRange[] {
  if (reading.state === "absent") return [];
  // What could not be found at all points to the whole pin.
  const isWholePin = reading.at.start === pin.range.start && reading.at.end === pin.range.end;
  const binding = isWholePin || reading.at.file !== file ? [] : [reading.at];
  return reading.state === "known" ? [...binding, ...literalsIn(file, reading.provenance)] : binding;
}

function literalsIn(file: string, literals: readonly Literal[]): TextRange[] {
  return literals.filter((literal) => literal.file === file).map(({ range }) => range);
}

/** The string that an attribute has where it stands; its binding where there is none. */
export function valueRange(reading: Exclude<AttributeReading, { state: "absent" }>): TextRange {
  const [literal, ...others] = reading.state === "known" ? literalsIn(reading.at.file, reading.provenance) : [];
  return literal !== undefined && others.length === 0 && isIn(reading.at, literal) ? literal : reading.at;
}

function isIn(outer: TextRange, inner: TextRange): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function lengthOf({ start, end }: TextRange): number {
  return end - start;
}
