import { sliceOf } from "../strings.ts";
import type { StringValue } from "../value.ts";

const LARGEST_NUMBER = 2 ** 31 - 1;

/** What `splitVersion` gives: runs of digits and runs of other characters, between dots and dashes. */
export function versionParts(version: StringValue): readonly StringValue[] {
  return [...version.text.matchAll(/[0-9]+|[^0-9.-]+/g)].map((match) =>
    sliceOf(version, match.index, match.index + match[0].length),
  );
}

/**
 * The order of two versions as `compareVersions` of Nix has it: numbers by value, `pre` before nothing, nothing before a
 * number, words before numbers. Null when a number is larger than Nix takes for one.
 */
export function compareVersions(left: StringValue, right: StringValue): -1 | 0 | 1 | null {
  const [one, other] = [left, right].map((version) => versionParts(version).map(({ text }) => text)) as [
    string[],
    string[],
  ];
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const [a, b] = [one[index] ?? "", other[index] ?? ""];
    if ([a, b].some((part) => /^[0-9]/.test(part) && Number(part) > LARGEST_NUMBER)) return null;
    if (isBefore(a, b)) return -1;
    if (isBefore(b, a)) return 1;
  }
  return 0;
}

function isBefore(left: string, right: string): boolean {
  const [isNumber, isOtherNumber] = [/^[0-9]/.test(left), /^[0-9]/.test(right)];
  if (isNumber && isOtherNumber) return Number(left) < Number(right);
  if (left === "" && isOtherNumber) return true;
  if (left === "pre" && right !== "pre") return true;
  if (right === "pre") return false;
  if (isOtherNumber) return true;
  return isNumber ? false : left < right;
}
