import {
  type AttributeReading,
  type Literal,
  PIN_ATTRIBUTES,
  type Pin,
  type PinAttribute,
  type TextRange,
} from "../../nix/pin.ts";
import type { PinView } from "../pin-view.ts";

/** An attribute of a pin that stands at a place in the text, there or through a variable. */
export interface AttributeAt {
  readonly view: PinView;
  readonly attribute: PinAttribute;
  readonly range: TextRange;
}

/** The attribute whose name or value an offset is in; the smallest of several, null for none. */
export function attributeAt(views: readonly PinView[], offset: number): AttributeAt | null {
  const found = views.flatMap((view) =>
    PIN_ATTRIBUTES.flatMap((attribute) =>
      placesOf(view.pin, view.pin[attribute])
        .filter((range) => range.start <= offset && offset <= range.end)
        .map((range) => ({ view, attribute, range })),
    ),
  );
  return found.toSorted((one, other) => lengthOf(one.range) - lengthOf(other.range))[0] ?? null;
}

/** The pins that a range touches: their sets, or the literals that they read from elsewhere in the file. */
export function pinsAt(views: readonly PinView[], range: TextRange): PinView[] {
  return views.filter(({ pin }) => {
    const places = [pin.range, ...PIN_ATTRIBUTES.flatMap((attribute) => placesOf(pin, pin[attribute]))];
    return places.some(({ start, end }) => start <= range.end && range.start <= end);
  });
}

/** The pin that an offset is in: by its attribute, else the smallest set around it. */
export function pinAt(views: readonly PinView[], offset: number): PinView | null {
  const byAttribute = attributeAt(views, offset)?.view;
  if (byAttribute !== undefined) return byAttribute;
  const around = pinsAt(views, { start: offset, end: offset });
  return around.toSorted((one, other) => lengthOf(one.pin.range) - lengthOf(other.pin.range))[0] ?? null;
}

/** Where a reading stands: its binding, and the strings of this file that it was read from. */
function placesOf(pin: Pin, reading: AttributeReading): TextRange[] {
  if (reading.state === "absent") return [];
  // What could not be found at all points to the whole pin.
  const isWholePin = reading.at.start === pin.range.start && reading.at.end === pin.range.end;
  const binding = isWholePin ? [] : [reading.at];
  return reading.state === "known" ? [...binding, ...literalsIn(pin, reading.provenance)] : binding;
}

function literalsIn(pin: Pin, literals: readonly Literal[]): TextRange[] {
  return literals.filter(({ file }) => file === pin.file).map(({ range }) => range);
}

/** The string that an attribute has in the pin; its binding where there is none. */
export function valueRange(pin: Pin, reading: Exclude<AttributeReading, { state: "absent" }>): TextRange {
  const [literal, ...others] = reading.state === "known" ? literalsIn(pin, reading.provenance) : [];
  return literal !== undefined && others.length === 0 && isIn(reading.at, literal) ? literal : reading.at;
}

function isIn(outer: TextRange, inner: TextRange): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function lengthOf({ start, end }: TextRange): number {
  return end - start;
}
