import type { Problem } from "../base/errors.ts";
import { HASH_ATTRIBUTES, type PinReadings } from "./attribute-reading.ts";
import type { PinDirectives } from "./followed-tag.ts";
import { parseHash } from "./hash-encoding.ts";
import type { AttributeReading, Callee } from "./pin.ts";
import type { SyntaxNode } from "./syntax.ts";
import type { Value } from "./value.ts";

/**
 * Why a pin can't be read or edited, what is worst first.
 *
 * @param site null in a data file
 */
export function problemsOf(
  site: SyntaxNode | null,
  callee: Callee,
  value: Value,
  readings: PinReadings,
  directives: PinDirectives,
): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (code: Problem["code"], message: string) => problems.push({ code, message });
  if (site !== null && (site.hasError || site.type === "identifier")) {
    add("syntax-error", "There is a syntax error in this pin or right around it; mend it, then it can be read.");
  }
  const attributes = value.kind === "set" ? value.attributes : new Map();
  for (const [name, { duplicate }] of attributes) {
    if (duplicate) add("duplicate-attribute", `"${name}" is defined twice, which Nix refuses; remove one of the two.`);
  }
  const hashes = HASH_ATTRIBUTES.filter((name) => attributes.has(name));
  if (hashes.length > 1) {
    const names = hashes.map((name) => `"${name}"`).join(" and ");
    add("hash-attribute-conflict", `${names} are both set, and pullImage takes only one; remove the others.`);
  }
  if (directives.invalid !== null) {
    add(
      "malformed-directive",
      `The comment "${directives.invalid}" is not a directive; write "dockpin: ignore", "dockpin: tag=3.20" or "dockpin: platform=linux/arm64".`,
    );
  }
  const hashName = readings.hashAttribute ?? "hash";
  addUnreadable(add, "imageName", readings.imageName);
  // What it fetches is in its manifest file.
  if (callee === "nix2container.pullImageFromManifest") {
    if (directives.tag === null) addUnreadable(add, "imageTag", readings.imageTag);
    return problems;
  }
  addUneditable(add, "imageDigest", readings.imageDigest);
  addUneditable(add, hashName, readings.hash);
  if (readings.hash.state === "known" && readings.hash.value !== "") {
    const parsed = parseHash(readings.hash.value, hashName);
    if (!parsed.ok) problems.push(parsed.problem);
  }
  return problems;
}

type Add = (code: Problem["code"], message: string) => void;

function addUnreadable(add: Add, name: string, reading: AttributeReading): void {
  if (reading.state === "unknown") add("pin-computed", `${name} cannot be read: ${reading.reason}`);
}

function addUneditable(add: Add, name: string, reading: AttributeReading): void {
  addUnreadable(add, name, reading);
  if (reading.state === "known" && reading.editable === null) {
    add("pin-computed", `${name} cannot be rewritten: ${reading.blocked ?? "it is not one string"}`);
  }
}
