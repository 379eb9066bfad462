import { type AttributeReading, PIN_ATTRIBUTES, type Pin } from "../../server/src/nix/pin.ts";

/** A pin as the expectations in `test/fixtures/nix` write it: what is absent is left out, literals are quoted. */
export function describePin(text: string, pin: Pin): Record<string, unknown> {
  const calls = pin.calledAt.map(({ start, end }) => text.slice(start, end).replace(/\s+/g, " "));
  return {
    ...describeValues(text, pin),
    ...(calls.length === 0 ? {} : { calledAt: calls }),
    ...(pin.siblingImage === null ? {} : { siblingImage: pin.siblingImage.value }),
    ...(pin.variants.length === 0 ? {} : { variants: pin.variants.map((variant) => describeValues(text, variant)) }),
  };
}

function describeValues(text: string, pin: Pin): Record<string, unknown> {
  const readings = PIN_ATTRIBUTES.flatMap((name) => {
    const described = describeReading(text, pin[name]);
    return described === null ? [] : [[name, described] as const];
  });
  return {
    at: `${pin.line}:${pin.column}`,
    callee: pin.callee,
    follows: `${pin.followedTag.tag} (${pin.followedTag.from})`,
    ...(pin.hashAttribute === null ? {} : { hashAttribute: pin.hashAttribute }),
    ...(pin.hashEncoding === null ? {} : { hashEncoding: pin.hashEncoding }),
    ...(pin.systems.length === 0 ? {} : { systems: pin.systems.join(" ") }),
    ...(pin.ignored ? { ignored: true } : {}),
    ...(pin.platformDirective === null ? {} : { platformDirective: pin.platformDirective }),
    ...Object.fromEntries(readings),
    ...(pin.problems.length === 0 ? {} : { problems: pin.problems.map(({ code }) => code) }),
  };
}

function describeReading(text: string, reading: AttributeReading): Record<string, string> | null {
  if (reading.state === "absent") return null;
  if (reading.state === "unknown") return { unknown: reading.reason };
  if (reading.editable === null) return { value: reading.value, blocked: reading.blocked ?? "" };
  const { start, end } = reading.editable.range;
  return { value: reading.value, editable: text.slice(start, end) };
}
