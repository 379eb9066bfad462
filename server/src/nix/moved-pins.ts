import type { AttributeReading, FileRange, IneffectiveOverride, Literal, Pin, TextRange } from "./pin.ts";

/** A change of a file's text that no pin depends on. */
export interface Move {
  /** The span that grew or shrank; nothing of a pin starts or ends inside it. */
  readonly start: number;
  readonly end: number;
  /** By how many UTF-16 units, and by how many lines. */
  readonly delta: number;
  readonly lines: number;
  /** What the text has become. */
  readonly text: string;
}

/** The pins that were read in a file, as they stand after a change of its text. */
export function movedPins(pins: readonly Pin[], file: string, move: Move): readonly Pin[] {
  return pins.map((pin) => movedPin(pin, file, move));
}

function movedPin(pin: Pin, file: string, move: Move): Pin {
  const reading = (of: AttributeReading) => movedReading(of, file, move);
  const { siblingImage, ineffectiveOverride } = pin;
  return {
    ...pin,
    ...(pin.file === file ? movedPlace(pin, move) : {}),
    calledAt: pin.calledAt.map((range) => movedFileRange(range, file, move)),
    pulledThrough: pin.pulledThrough.map((range) => movedFileRange(range, file, move)),
    variants: pin.variants.map((variant) => movedPin(variant, file, move)),
    imageName: reading(pin.imageName),
    imageDigest: reading(pin.imageDigest),
    hash: reading(pin.hash),
    finalImageName: reading(pin.finalImageName),
    finalImageTag: reading(pin.finalImageTag),
    os: reading(pin.os),
    arch: reading(pin.arch),
    tlsVerify: reading(pin.tlsVerify),
    registryUrl: reading(pin.registryUrl),
    siblingImage:
      siblingImage === null ? null : { ...siblingImage, literal: movedLiteral(siblingImage.literal, file, move) },
    ineffectiveOverride: ineffectiveOverride === null ? null : movedOverride(ineffectiveOverride, move),
  };
}

function movedPlace({ range, line }: Pin, move: Move): Pick<Pin, "range" | "line" | "column"> {
  const moved = movedRange(range, move);
  return {
    range: moved,
    line: range.start >= move.end ? line + move.lines : line,
    column: moved.start === 0 ? 1 : moved.start - move.text.lastIndexOf("\n", moved.start - 1),
  };
}

function movedReading(reading: AttributeReading, file: string, move: Move): AttributeReading {
  if (reading.state === "absent") return reading;
  const at = movedFileRange(reading.at, file, move);
  if (reading.state === "unknown") return { ...reading, at };
  const provenance = reading.provenance.map((literal) => movedLiteral(literal, file, move));
  const editable = reading.editable === null ? null : movedLiteral(reading.editable, file, move);
  return { ...reading, at, provenance, editable };
}

function movedOverride(override: IneffectiveOverride, move: Move): IneffectiveOverride {
  const { range, movable } = override;
  return { ...override, range: movedRange(range, move), movable: movable === null ? null : movedRange(movable, move) };
}

function movedLiteral(literal: Literal, file: string, move: Move): Literal {
  if (literal.file !== file || literal.range.end <= move.start) return literal;
  return { ...literal, range: movedRange(literal.range, move) };
}

function movedFileRange(range: FileRange, file: string, move: Move): FileRange {
  if (range.file !== file || range.end <= move.start) return range;
  return { file, ...movedRange(range, move) };
}

function movedRange({ start, end }: TextRange, move: Move): TextRange {
  return {
    start: start >= move.end ? start + move.delta : start,
    end: end <= move.start ? end : end + move.delta,
  };
}
