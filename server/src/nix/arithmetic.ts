import { unknown, type Value, withoutPath } from "./value.ts";

const LARGEST = 2n ** 63n - 1n;
const SMALLEST = -(2n ** 63n);

/** The integer that digits say; unknown when Nix has no room for it. */
export function integerIn(digits: string): Value {
  return integer(BigInt(digits));
}

/** What an operator gives for two integers of 64 bits; unknown for what Nix refuses, and for what overflows. */
export function calculate(operator: "+" | "-" | "*" | "/", left: Value, right: Value): Value {
  if (left.kind === "unknown") return withoutPath(left);
  if (right.kind === "unknown") return withoutPath(right);
  if (left.kind !== "integer" || right.kind !== "integer") return unknown(`it is computed with "${operator}"`);
  switch (operator) {
    case "+":
      return integer(left.value + right.value);
    case "-":
      return integer(left.value - right.value);
    case "*":
      return integer(left.value * right.value);
    case "/":
      return right.value === 0n ? unknown("a number is divided by zero") : integer(left.value / right.value);
  }
}

function integer(value: bigint): Value {
  return value < SMALLEST || value > LARGEST ? unknown("a number is too large") : { kind: "integer", value };
}
